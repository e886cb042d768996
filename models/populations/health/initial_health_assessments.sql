-- Periods of care, counted on the day the initial health assessment falls due: one row per period of care.
-- Those no longer running on that day are out.
with due as (
    select
        periods.care_period_id,
        periods.person_id,
        periods.started_on,
        min(due_days.day) as due_on
    from {{ ref('care_periods') }} as periods
    inner join {{ ref('calendar') }} as start_days on periods.started_on = start_days.day
    inner join {{ ref('calendar') }} as due_days
        on start_days.working_day_number + {{ parameter('iha_working_days') }} = due_days.working_day_number
    group by periods.care_period_id, periods.person_id, periods.started_on
),

checked as (
    select
        due.care_period_id,
        min(checks.checked_on) as first_checked_on
    from due
    inner join {{ ref('completed_health_checks') }} as checks
        on due.person_id = checks.person_id and due.started_on <= checks.checked_on and due.due_on >= checks.checked_on
    where checks.is_health_assessment
    group by due.care_period_id
)

select
    due.care_period_id as case_id,
    due.person_id,
    due.due_on as counted_on,
    {{ child_breakdowns('child', 'due.due_on') }},

    -- evidence
    due.started_on,
    due.due_on,
    checked.first_checked_on as done_on,
    case
        when due.person_id is null then 'unknown: child'
        when not looked_after.is_age_known then 'unknown: date of birth'
    end as because,

    -- measures
    case when looked_after.is_age_known then checked.first_checked_on is not null end as was_assessed_in_time

from due
inner join {{ ref('looked_after_spells') }} as looked_after
    on due.care_period_id = looked_after.care_period_id
    and due.due_on >= looked_after.from_on
    and due.due_on < looked_after.until_on
left join checked on due.care_period_id = checked.care_period_id
left join {{ ref('child_timeline') }} as child
    on due.person_id = child.person_id and due.due_on >= child.from_on and due.due_on < child.until_on
