-- Care plans with the period of care each belongs to (36, 38, 40): one row per plan and period of care. A
-- plan belongs by the id of the period; without that id by its first date, to the period that had begun last.
with periods_by_id as (
    select distinct
        care_period_id,
        person_id,
        cla_id
    from {{ ref('care_episodes') }}
    where cla_id is not null
),

dated as (
    select
        plans.care_plan_id,
        periods.care_period_id
    from {{ ref('stg_looked_after__care_plan_statuses') }} as plans
    inner join {{ ref('care_periods') }} as periods
        on plans.person_id = periods.person_id
        and least(plans.started_on, plans.authorised_on) >= periods.started_on
    where plans.cla_id is null
    qualify row_number() over (
        partition by plans.care_plan_id
        order by periods.started_on desc, periods.care_period_id_rank desc
    ) = 1
)

select
    plans.care_plan_id,
    coalesce(periods_by_id.care_period_id, dated.care_period_id) as care_period_id,
    plans.person_id,
    plans.status,
    least(plans.started_on, plans.authorised_on) as begun_on,
    case when plans.status = 'AUTHORISED' then plans.authorised_on end as authorised_on,
    plans.reviewed_on,
    plans.ended_on

from {{ ref('stg_looked_after__care_plan_statuses') }} as plans
left join periods_by_id on plans.person_id = periods_by_id.person_id and plans.cla_id = periods_by_id.cla_id
left join dated on plans.care_plan_id = dated.care_plan_id
where coalesce(periods_by_id.care_period_id, dated.care_period_id) is not null
