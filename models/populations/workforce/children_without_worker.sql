-- Children at each month end who have a plan, an enquiry or an assessment, and no worker:
-- one row per child and period end.
select
    period_end,
    case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    need,
    is_plan,
    needed_from as started_on,
    last_worker_until as previous_on,
    working_days_without,
    because,

    -- measures
    case when because is null then true end as is_without_worker

from {{ ref('children_needing_worker_at_month_end') }}
where not has_worker and working_days_without >= {{ parameter('grace_working_days') }}
