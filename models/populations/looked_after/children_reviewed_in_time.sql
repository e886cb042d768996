-- Children looked after at each month end with a review held or due since 1 April:
-- one row per period type, period end and child.
select
    periods.period_type,
    periods.period_end,
    {{ case_of('children.person_id', 'children.care_period_id') }} as case_id,
    children.person_id,
    {{ breakdowns('children') }},

    -- evidence
    children.last_held_on as done_on,
    children.next_due_on as due_on,
    children.because,

    -- measures
    case
        when children.because is null
            then coalesce(children.were_all_in_time, true) and not children.is_overdue
    end as had_all_reviews_in_time

from {{ ref('care_reviews_at_month_end') }} as children
inner join {{ ref('periods') }} as periods using (period_end)
where children.was_held_or_due_since_april
