-- The next review of the children looked after at each month end: one row per child and period end.
select
    period_end,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    next_counts_from as previous_on,
    next_due_on as due_on,
    because,

    -- measures
    case when because is null and is_overdue then true end as has_a_review_overdue

from {{ ref('care_reviews_at_month_end') }}
