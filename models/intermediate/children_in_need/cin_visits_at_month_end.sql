-- When the children on a child in need plan were last seen at a visit, at each month end (49): one row per
-- child and period end.
with visited as (
    select
        plans.period_end,
        plans.first_cin_plan_id,
        max(visits.visited_on) as last_visited_on
    from {{ ref('cin_plans_at_month_end') }} as plans
    inner join {{ ref('visits') }} as visits
        on plans.person_id = visits.person_id
        and plans.started_on <= visits.visited_on
        and plans.period_end >= visits.visited_on
    where visits.source = 'child_in_need'
    group by plans.period_end, plans.first_cin_plan_id
)

select
    plans.period_end,
    plans.first_cin_plan_id,
    visited.last_visited_on,
    until_day.working_day_number - last_day.working_day_number as working_days_since

from {{ ref('cin_plans_at_month_end') }} as plans
left join visited
    on plans.period_end = visited.period_end and plans.first_cin_plan_id = visited.first_cin_plan_id
inner join {{ ref('calendar') }} as until_day on plans.period_end = until_day.day
-- without a visit the days count from the plan's start
left join {{ ref('calendar') }} as last_day
    on coalesce(visited.last_visited_on, plans.started_on) = last_day.day
