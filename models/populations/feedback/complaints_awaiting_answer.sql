-- Statutory complaints at stage 1 that wait for an answer at each month end:
-- one row per complaint and period end.
select
    period_end,
    complaint_id as case_id,
    cast(null as string) as person_id,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    clock_starts_on as started_on,
    because,

    -- measures
    case when because is null then working_days_open > {{ parameter('complaint_working_days') }} end as is_overdue

from {{ ref('stage_1_complaints_open_at_month_end') }}
