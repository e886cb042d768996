-- Single assessments open at each month end, under the team that holds the case then: one row per assessment and period end.
-- One that started before the calendar does counts from its first day.
select
    month_ends.period_end,
    assessments.assessment_id,
    assessments.person_id,
    assessments.started_on,
    assessments.due_on,
    {{ working_days('started_days', 'month_end_days') }} as working_days_open,
    {{ is_unborn('child', 'month_ends.period_end') }} as is_unborn,
    assessments.because,
    {{ child_breakdowns(
        'child',
        'month_ends.period_end',
        team='coalesce(child.allocated_team, assessments.team_id, child.referral_team)',
        service_area='teams.service_area'
    ) }}

from {{ ref('assessments') }} as assessments
inner join {{ ref('month_ends') }} as month_ends
    on assessments.started_on <= month_ends.period_end
    and coalesce(assessments.authorised_on, {{ forever() }}) > month_ends.period_end
left join {{ ref('calendar') }} as started_days on assessments.started_on = started_days.day
inner join {{ ref('calendar') }} as month_end_days on month_ends.period_end = month_end_days.day
left join {{ ref('child_timeline') }} as child
    on assessments.person_id = child.person_id
    and month_ends.period_end >= child.from_on
    and month_ends.period_end < child.until_on
left join {{ ref('team_timeline') }} as teams
    on coalesce(child.allocated_team, assessments.team_id, child.referral_team) = teams.team_id
    and month_ends.period_end >= teams.from_on
    and month_ends.period_end < teams.until_on
