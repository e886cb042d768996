-- Children with a primary worker at each month end, whether in post or not: one row per child and period end.
select
    month_ends.period_end,
    allocations.person_id,
    allocations.worker_id,
    statuses.case_status,
    short_breaks.person_id is not null as is_short_break_only

from {{ ref('primary_allocation_timeline') }} as allocations
inner join {{ ref('month_ends') }} as month_ends
    on allocations.from_on <= month_ends.period_end and allocations.until_on > month_ends.period_end
left join {{ ref('case_status_timeline') }} as statuses
    on allocations.person_id = statuses.person_id
    and month_ends.period_end >= statuses.from_on
    and month_ends.period_end < statuses.until_on
left join {{ ref('short_break_children_at_month_end') }} as short_breaks
    on month_ends.period_end = short_breaks.period_end and allocations.person_id = short_breaks.person_id
where allocations.worker_id is not null
