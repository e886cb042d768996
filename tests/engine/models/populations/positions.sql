-- How things stood at each month end: one row per child and period end.
select
    case_id,
    case_id as person_id,
    period_end,
    {{ breakdowns('position_rows', has=['service_area']) }},

    -- evidence
    key_stage,
    academic_year,
    is_provisional,
    because,

    -- measures
    is_open,
    passed

from {{ ref('position_rows') }}
