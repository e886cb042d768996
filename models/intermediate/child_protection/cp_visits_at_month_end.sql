-- When the children on a plan were last visited, at each month end (29): one row per child and period end.
with visited as (
    select
        plans.period_end,
        plans.first_cp_plan_id,
        max(visits.visited_on) as last_visited_on,
        max(case when visits.visited_on >= plans.month_from then visits.working_days_since_previous end)
            as longest_working_days_between
    from {{ ref('cp_plans_at_month_end') }} as plans
    inner join {{ ref('cp_visits') }} as visits
        on plans.first_cp_plan_id = visits.first_cp_plan_id and plans.period_end >= visits.visited_on
    group by plans.period_end, plans.first_cp_plan_id
)

select
    plans.period_end,
    plans.first_cp_plan_id,
    visited.last_visited_on,
    visited.longest_working_days_between,
    until_day.working_day_number - last_day.working_day_number as working_days_since

from {{ ref('cp_plans_at_month_end') }} as plans
left join visited
    on plans.period_end = visited.period_end and plans.first_cp_plan_id = visited.first_cp_plan_id
inner join {{ ref('calendar') }} as until_day on plans.period_end = until_day.day
-- without a visit the days count from the plan's start
left join {{ ref('calendar') }} as last_day
    on coalesce(visited.last_visited_on, plans.started_on) = last_day.day
