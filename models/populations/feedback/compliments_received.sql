-- Compliments, counted on the day they were received: one row per compliment.
select
    compliment_id as case_id,
    person_id,
    received_on as counted_on,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    from_type,
    cast(null as string) as because,

    -- measures
    true as is_received

from {{ ref('compliments') }}
