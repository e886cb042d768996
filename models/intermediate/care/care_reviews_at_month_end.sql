-- Reviews of the children looked after at each month end, those held since 1 April and the one next due:
-- one row per child and period end.
with held as (
    select
        looked_after.period_end,
        looked_after.person_id,
        max(obligations.held_on) as last_held_on,
        bool_and(obligations.held_on <= obligations.last_day_in_time) as were_all_in_time
    from {{ ref('looked_after_at_month_end') }} as looked_after
    inner join {{ ref('month_ends') }} as month_ends using (period_end)
    inner join {{ ref('care_review_obligations') }} as obligations
        on looked_after.person_id = obligations.person_id
        and obligations.held_on >= month_ends.financial_year_from
        and obligations.held_on <= looked_after.period_end
    group by looked_after.period_end, looked_after.person_id
)

select
    looked_after.period_end,
    looked_after.person_id,
    looked_after.care_period_id,
    next_due.review_number as next_review_number,
    next_due.counts_from as next_counts_from,
    next_due.due_on as next_due_on,
    next_due.last_day_in_time as next_last_day_in_time,
    next_due.last_day_in_time < looked_after.period_end as is_overdue,
    held.last_held_on,
    held.were_all_in_time,
    held.person_id is not null
    or next_due.last_day_in_time between month_ends.financial_year_from and looked_after.period_end
        as was_held_or_due_since_april,
    looked_after.because,
    {{ breakdowns('looked_after') }}

from {{ ref('looked_after_at_month_end') }} as looked_after
inner join {{ ref('month_ends') }} as month_ends using (period_end)
inner join {{ ref('care_review_obligations') }} as next_due
    on looked_after.care_period_id = next_due.care_period_id
    and looked_after.period_end >= next_due.counts_from
    and looked_after.period_end < coalesce(next_due.held_on, {{ forever() }})
left join held
    on looked_after.person_id = held.person_id and looked_after.period_end = held.period_end
