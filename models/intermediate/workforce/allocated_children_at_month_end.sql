-- Children with a primary worker at each month end, whether in post or not: one row per child, worker and period end.
with held as (
    select distinct
        month_ends.period_end,
        allocations.person_id,
        allocations.worker_id
    from {{ ref('allocations') }} as allocations
    inner join {{ ref('month_ends') }} as month_ends
        on allocations.started_on <= month_ends.period_end
        and coalesce(allocations.ended_on, {{ forever() }}) > month_ends.period_end
    where allocations.is_primary and allocations.worker_id is not null
)

select
    held.period_end,
    held.person_id,
    held.worker_id,
    statuses.case_status,
    short_breaks.person_id is not null as is_short_break_only

from held
left join {{ ref('case_status_timeline') }} as statuses
    on held.person_id = statuses.person_id
    and held.period_end >= statuses.from_on
    and held.period_end < statuses.until_on
left join {{ ref('short_break_children_at_month_end') }} as short_breaks
    on held.period_end = short_breaks.period_end and held.person_id = short_breaks.person_id
