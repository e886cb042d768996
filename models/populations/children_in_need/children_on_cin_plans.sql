-- Children with a child in need plan at each month end, and their visits: one row per child and period end.
with children as (
    select
        plans.*,
        visits.last_visited_on,
        visits.working_days_since,
        coalesce(
            plans.because,
            case
                when plans.age_band = 'unborn' then 'excluded: unborn'
                when
                    visits.last_visited_on is null
                    and visits.working_days_since <= {{ parameter('cin_new_plan_working_days') }}
                    then 'excluded: not yet due'
                when visits.last_visited_on is null then 'missing: visit'
            end
        ) as because_of_visit
    from {{ ref('cin_plans_at_month_end') }} as plans
    inner join {{ ref('cin_visits_at_month_end') }} as visits using (period_end, first_cin_plan_id)
)

select
    period_end,
    coalesce(person_id, 'plan ' || first_cin_plan_id) as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    started_on,
    last_visited_on as done_on,
    working_days_since as working_days_unvisited,
    visit_interval_working_days,
    because,
    because_of_visit,

    -- measures
    case when because is null then true end as is_on_plan,
    case
        when because_of_visit is null then working_days_since <= visit_interval_working_days
        when because_of_visit like 'missing:%' then false
    end as was_visited_in_time

from children
