-- Visits to the children looked after at each month end: one row per child and period end.
with children as (
    select
        *,
        case
            when is_with_family_for_now and has_been_reviewed then last_visited_on + 28
            when is_with_family_for_now then last_visited_on + 7
            when is_permanent then {{ plus_months('last_visited_on', 3) }}
            else last_visited_on + 42
        end as next_due_on,
        {{ days_between('stay_started_on', 'period_end') }} between 8 and 42
        and stay_started_on > last_visited_on as is_unvisited_since_placed,
        coalesce(
            because,
            case
                when last_visited_on is not null then null
                when {{ days_between('care_started_on', 'period_end') }} <= {{ parameter('first_care_visit_days') }}
                    then 'excluded: the first visit is not yet due'
                else 'missing: visit'
            end
        ) as because_of_visit
    from {{ ref('care_visits_at_month_end') }}
)

select
    period_end,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    care_started_on as started_on,
    last_visited_on as done_on,
    next_due_on as due_on,
    because_of_visit as because,

    -- measures
    case
        when because_of_visit is null or because_of_visit like 'missing:%'
            then coalesce(
                {{ days_between('last_visited_on', 'period_end') }} <= {{ parameter('care_visit_days') }}, false
            )
    end as was_visited_in_6_weeks,
    case
        when because_of_visit is null or because_of_visit like 'missing:%'
            then coalesce(next_due_on >= period_end and not coalesce(is_unvisited_since_placed, false), false)
    end as was_visited_in_own_interval

from children
