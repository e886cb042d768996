-- People counted anew in each period: one row per period type, period end and person.
select
    case_id,
    case_id as person_id,
    period_type,
    period_end,
    {{ breakdowns('people_rows', has=['service_area']) }},

    -- evidence
    because,

    -- measures
    true as came,
    came_back

from {{ ref('people_rows') }}
