-- Early help assessments, counted on the day they were completed: one row per assessment. Cancelled ones are left out. One that
-- started before the calendar does counts from its first day, which is late.
select
    assessments.support_assessment_id as case_id,
    assessments.person_id,
    assessments.completed_on as counted_on,
    {{ child_breakdowns('child', 'assessments.completed_on') }},

    -- evidence
    assessments.started_on,
    assessments.completed_on as done_on,
    case
        when assessments.person_id is null then 'unknown: child'
        when assessments.started_on is null then 'unknown: start date'
        when assessments.completed_on < assessments.started_on then 'unknown: completed before it started'
    end as because,

    -- measures
    case
        when assessments.person_id is not null and assessments.completed_on >= assessments.started_on
            then {{ working_days('start_days', 'completed_days') }}
                > {{ parameter('early_help_assessment_days') }}
    end as was_completed_late,
    case
        when assessments.person_id is not null and assessments.completed_on >= assessments.started_on
            then {{ working_days('start_days', 'completed_days') }}
                <= {{ parameter('early_help_assessment_days') }}
    end as was_completed_in_time

from {{ ref('stg_early_help__support_assessments') }} as assessments
left join {{ ref('calendar') }} as start_days on assessments.started_on = start_days.day
left join {{ ref('calendar') }} as completed_days on assessments.completed_on = completed_days.day
left join {{ ref('child_timeline') }} as child
    on assessments.person_id = child.person_id
    and assessments.completed_on >= child.from_on
    and assessments.completed_on < child.until_on
where
    assessments.service_level = 'EARLY_HELP'
    and assessments.completed_on is not null
    and coalesce(assessments.status, 'OPEN') <> 'CANCELLED'
