-- Periods of care, counted on the day they started: one row per period of care. Series of short breaks are
-- left out.
select
    care_period_id as case_id,
    person_id,
    started_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    started_on,
    previous_ended_on as previous_on,
    because,

    -- measures
    case when because is null then true end as has_started,
    case
        when because is null
            then coalesce(
                previous_ended_on >= {{ plus_months('started_on', '-' ~ parameter('reentry_months')) }}, false
            )
    end as started_again_within_12_months

from {{ ref('care_starts') }}
