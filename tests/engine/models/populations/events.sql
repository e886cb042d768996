-- Things that happened, counted on their day: one row per event.
select
    case_id,
    case_id as person_id,
    counted_on,
    {{ breakdowns('event_rows', has=['service_area']) }},

    -- evidence
    because,
    because_of_days,
    is_provisional,
    reported_in,

    -- measures
    was_in_time,
    days_taken,
    fte_held,
    fte_of_post,
    people

from {{ ref('event_rows') }}
