-- Child protection plans, counted on the day they started: one row per chained plan.
select
    first_cp_plan_id as case_id,
    person_id,
    started_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    started_on,
    previous_ended_on as previous_on,
    because,

    -- measures
    case when because is null then true end as was_started,
    case
        when because is null
            then coalesce(
                previous_ended_on >= {{ plus_months('started_on', '-' ~ parameter('cp_return_months')) }}, false
            )
    end as follows_a_plan_within_two_years,
    case when because is null then previous_ended_on is not null end as follows_a_plan

from {{ ref('cp_plan_starts') }}
