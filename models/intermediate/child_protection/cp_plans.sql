-- Child protection plans of our own, merged across re-registration (C16): one row per chained plan, known by
-- its first.
with plans as (
    select
        first_cp_plan_id,
        first_cp_plan_id_rank,
        person_id,
        min(started_on) as started_on,
        case when count(*) = count(ended_on) then max(ended_on) end as ended_on
    from {{ ref('cp_plan_rows') }}
    group by first_cp_plan_id, first_cp_plan_id_rank, person_id
),

latest as (
    select
        first_cp_plan_id,
        latest_category
    from {{ ref('cp_plan_rows') }}
    qualify row_number() over (
        partition by first_cp_plan_id
        order by started_on desc, cp_plan_id_rank desc
    ) = 1
)

select
    plans.first_cp_plan_id,
    plans.first_cp_plan_id_rank,
    plans.person_id,
    plans.started_on,
    plans.ended_on,
    latest.latest_category

from plans
inner join latest using (first_cp_plan_id)
