-- Child in need plans with the chained plan each belongs to (C16): one row per plan as recorded.
-- A plan without a child is a chain of its own.
with plans as (
    select
        cin_plan_id,
        plans.cin_plan_id_rank,
        plans.person_id,
        plans.referral_id,
        plans.team_id,
        plans.started_on,
        plans.ended_on,
        statuses.status,
        statuses.visit_interval_working_days,
        coalesce(statuses.is_short_break_only, false) as is_short_break_only
    from {{ ref('stg_child_in_need__plans') }} as plans
    left join {{ ref('stg_child_in_need__plan_statuses') }} as statuses using (cin_plan_id)
),

chained as (
    {{ chained('plans', "coalesce(person_id, 'plan ' || cin_plan_id)", 'cin_plan_id_rank') }}
)

select
    cin_plan_id,
    cin_plan_id_rank,
    first_value(cin_plan_id) over (
        partition by coalesce(person_id, 'plan ' || cin_plan_id), chain_number
        order by started_on, cin_plan_id_rank
    ) as first_cin_plan_id,
    person_id,
    referral_id,
    team_id,
    started_on,
    ended_on,
    status,
    visit_interval_working_days,
    is_short_break_only

from chained
