-- Visits under a child protection plan at which the child was seen (C24), with the working days since the one
-- before, or since the plan's start: one row per chained plan and day.
with days_visited as (
    select distinct
        plans.first_cp_plan_id,
        plans.started_on,
        visits.visited_on
    from {{ ref('visits') }} as visits
    inner join {{ ref('cp_plans') }} as plans
        on visits.person_id = plans.person_id
        and visits.visited_on >= plans.started_on
        and visits.visited_on <= coalesce(plans.ended_on, {{ forever() }})
    where visits.source = 'child_protection'
),

in_order as (
    select
        first_cp_plan_id,
        visited_on,
        coalesce(
            lag(visited_on) over (partition by first_cp_plan_id order by visited_on),
            started_on
        ) as previous_on
    from days_visited
)

select
    in_order.first_cp_plan_id,
    in_order.visited_on,
    in_order.previous_on,
    visit_day.working_day_number - previous_day.working_day_number as working_days_since_previous

from in_order
left join {{ ref('calendar') }} as visit_day on in_order.visited_on = visit_day.day
left join {{ ref('calendar') }} as previous_day on in_order.previous_on = previous_day.day
