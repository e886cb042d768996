-- Early help assessments open at each month end: one row per assessment and period end. One marked completed without a date
-- is still open; cancelled ones are left out.
with open_assessments as (
    select
        month_ends.period_end,
        assessments.support_assessment_id,
        assessments.person_id,
        assessments.started_on,
        {{ working_days('start_days', 'until_days') }} as working_days_open
    from {{ ref('stg_early_help__support_assessments') }} as assessments
    inner join {{ ref('month_ends') }} as month_ends
        on assessments.started_on <= month_ends.period_end
        and coalesce(assessments.completed_on, {{ forever() }}) > month_ends.period_end
    left join {{ ref('calendar') }} as start_days on assessments.started_on = start_days.day
    inner join {{ ref('calendar') }} as until_days on month_ends.period_end = until_days.day
    where assessments.service_level = 'EARLY_HELP' and coalesce(assessments.status, 'OPEN') <> 'CANCELLED'
),

allocated as (
    select
        open_assessments.period_end,
        open_assessments.support_assessment_id,
        bool_or(coalesce(allocations.ended_on, {{ forever() }}) > open_assessments.period_end) as is_allocated
    from open_assessments
    inner join {{ ref('stg_early_help__support_allocations') }} as allocations
        on open_assessments.support_assessment_id = allocations.support_assessment_id
        and open_assessments.period_end >= allocations.started_on
        and allocations.started_on <= coalesce(allocations.ended_on, {{ forever() }})
    group by open_assessments.period_end, open_assessments.support_assessment_id
)

select
    assessments.period_end,
    assessments.support_assessment_id as case_id,
    assessments.person_id,
    {{ child_breakdowns('child', 'assessments.period_end') }},

    -- evidence
    assessments.started_on,
    assessments.working_days_open,
    case when assessments.person_id is null then 'unknown: child' end as because,

    -- measures
    case
        when assessments.person_id is not null
            then assessments.working_days_open > {{ parameter('early_help_unallocated_days') }}
                and not coalesce(allocated.is_allocated, false)
    end as is_unallocated_too_long,
    case
        when assessments.person_id is not null
            then assessments.working_days_open > {{ parameter('early_help_unallocated_days') }}
                and not coalesce(allocated.is_allocated, true)
    end as is_unallocated_again,
    case
        when assessments.person_id is not null
            then assessments.working_days_open > {{ parameter('early_help_assessment_days') }}
    end as is_overdue

from open_assessments as assessments
left join allocated
    on assessments.support_assessment_id = allocated.support_assessment_id
    and assessments.period_end = allocated.period_end
left join {{ ref('child_timeline') }} as child
    on assessments.person_id = child.person_id
    and assessments.period_end >= child.from_on
    and assessments.period_end < child.until_on
