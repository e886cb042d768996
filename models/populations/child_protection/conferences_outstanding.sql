-- Child protection conferences still to be held at each month end: one row per obligation and period end.
select
    period_end,
    obligation_id as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    conference_type,
    counts_from as started_on,
    due_on,
    because,

    -- measures
    case when because is null then is_overdue end as is_overdue,
    case when because is null and is_first_overdue_of_meeting then true end as is_meeting_overdue

from {{ ref('conference_obligations_at_month_end') }}
