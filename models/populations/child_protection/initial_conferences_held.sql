-- Initial child protection conferences, counted on the day they were held: one row per child and day.
with conferences as (
    select
        *,
        coalesce(
            because,
            case
                when strategy_on is null then 'unknown: strategy discussion'
                when held_on < strategy_on then 'unknown: held before the strategy discussion'
            end
        ) as because_of_clock,
        coalesce(because, case when led_to_plan is null then 'missing: outcome' end) as because_of_outcome
    from {{ ref('initial_conferences') }}
)

select
    initial_conference_id as case_id,
    person_id,
    held_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    strategy_on as started_on,
    due_on,
    held_on as done_on,
    because,
    because_of_clock,
    because_of_outcome,

    -- measures
    case when because is null then true end as was_held,
    case
        when because_of_clock is null then working_days_taken <= {{ parameter('icpc_working_days') }}
    end as was_held_in_time,
    case when because_of_clock is null then working_days_taken end as working_days_taken,
    case when because is null then coalesce(led_to_plan, false) end as led_to_plan

from conferences
