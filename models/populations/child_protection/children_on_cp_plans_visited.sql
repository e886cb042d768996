-- Visits to the children on a child protection plan, at each month end: one row per child and period end.
with children as (
    select
        plans.*,
        visits.last_visited_on,
        visits.working_days_since,
        greatest(
            visits.working_days_since, coalesce(visits.longest_working_days_between, 0)
        ) as longest_working_days_between,
        coalesce(
            plans.because,
            case
                when plans.age_band = 'unborn' then 'excluded: unborn'
                when
                    visits.last_visited_on is null
                    and visits.working_days_since <= {{ parameter('cp_visit_working_days') }}
                    then 'excluded: not yet due'
                when visits.last_visited_on is null then 'missing: visit'
            end
        ) as because_of_visit
    from {{ ref('cp_plans_at_month_end') }} as plans
    inner join {{ ref('cp_visits_at_month_end') }} as visits using (period_end, first_cp_plan_id)
)

select
    period_end,
    coalesce(person_id, 'plan ' || first_cp_plan_id) as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    started_on,
    last_visited_on as done_on,
    working_days_since as working_days_unvisited,
    because_of_visit as because,

    -- measures
    case
        when because_of_visit is null then working_days_since <= {{ parameter('cp_visit_working_days') }}
        when because_of_visit like 'missing:%' then false
    end as was_visited_in_time,
    case
        when because_of_visit is null then longest_working_days_between <= {{ parameter('cp_visit_working_days') }}
        when because_of_visit like 'missing:%' then false
    end as was_visited_in_time_throughout,
    case
        when because_of_visit is null then working_days_since <= {{ parameter('cp_visit_outer_working_days') }}
        when because_of_visit like 'missing:%' then false
    end as was_visited_in_outer_time

from children
