-- When the children on a child in need plan were last seen at a visit, at each month end (49): one row per
-- child and period end.
with seen as (
    select
        coalesce(visits.person_id, named.person_id) as person_id,
        visits.visited_on
    from {{ ref('stg_child_in_need__visits') }} as visits
    left join {{ ref('stg_child_in_need__plans') }} as named using (cin_plan_id)
    where visits.child_seen
),

visited as (
    select
        plans.period_end,
        plans.first_cin_plan_id,
        max(seen.visited_on) as last_visited_on
    from {{ ref('cin_plans_at_month_end') }} as plans
    inner join seen
        on plans.person_id = seen.person_id
        and plans.started_on <= seen.visited_on
        and plans.period_end >= seen.visited_on
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
