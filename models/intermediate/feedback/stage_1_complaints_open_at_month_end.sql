-- Statutory complaints at stage 1 neither answered nor closed at each month end (72):
-- one row per complaint and period end.
select
    month_ends.period_end,
    complaints.complaint_id,
    complaints.clock_starts_on,
    month_end_days.working_day_number - complaints.clock_starts_on_number as working_days_open,
    complaints.because,
    coalesce(teams.service_area, 'not recorded') as service_area,
    complaints.team

from {{ ref('stage_1_complaints') }} as complaints
inner join {{ ref('month_ends') }} as month_ends
    on complaints.clock_starts_on <= month_ends.period_end
    and coalesce(complaints.responded_on, {{ forever() }}) > month_ends.period_end
    and coalesce(complaints.closed_on, {{ forever() }}) > month_ends.period_end
inner join {{ ref('calendar') }} as month_end_days on month_ends.period_end = month_end_days.day
left join {{ ref('team_timeline') }} as teams
    on complaints.team_id = teams.team_id
    and month_ends.period_end >= teams.from_on
    and month_ends.period_end < teams.until_on
