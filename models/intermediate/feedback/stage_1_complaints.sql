-- Statutory complaints at stage 1, with how long the answer took (72): one row per complaint.
select
    stages.complaint_id,
    stages.received_on,
    stages.clock_starts_on,
    stages.responded_on,
    stages.closed_on,
    answered_days.working_day_number - clock_days.working_day_number as working_days_taken,
    clock_days.working_day_number as clock_starts_on_number,
    case
        when stages.because is not null then stages.because
        when stages.outcome = 'WITHDRAWN' then 'excluded: withdrawn'
        when stages.went_straight_to_stage_2 then 'excluded: went straight to stage 2'
        when stages.received_on is null then 'unknown: day received'
    end as because,
    case
        when stages.responded_on < stages.clock_starts_on then 'unknown: answered before its clock started'
    end as because_of_time,
    stages.team_id,
    coalesce(teams.service_area, 'not recorded') as service_area,
    coalesce(stages.team_id, 'not recorded') as team

from {{ ref('complaint_stages') }} as stages
left join {{ ref('calendar') }} as clock_days on stages.clock_starts_on = clock_days.day
left join {{ ref('calendar') }} as answered_days on stages.responded_on = answered_days.day
left join {{ ref('team_timeline') }} as teams
    on stages.team_id = teams.team_id
    and stages.responded_on >= teams.from_on
    and stages.responded_on < teams.until_on
where stages.is_first and stages.stage = 1 and stages.procedure = 'STATUTORY'
