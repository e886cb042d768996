-- School attendance in the school weeks before support began and in those before it ended (99): one row per support episode
-- that ended, where the pupil has sessions in either.
with weeks as (
    select
        attendance.person_id,
        days.week_number,
        attendance.sessions_possible,
        attendance.sessions_attended
    from {{ ref('stg_education__attendance') }} as attendance
    inner join {{ ref('school_weeks') }} as days on attendance.week_started_on = days.day
    where attendance.sessions_possible > 0 and attendance.sessions_attended is not null
),

windows as (
    select
        episodes.support_episode_id,
        episodes.person_id,
        start_days.last_week_before as last_week_before_start,
        end_days.last_week_before as last_week_before_end
    from {{ ref('ended_support_episodes') }} as episodes
    inner join {{ ref('school_weeks') }} as start_days on episodes.started_on = start_days.day
    inner join {{ ref('school_weeks') }} as end_days on episodes.ended_on = end_days.day
),

marked as (
    select
        windows.support_episode_id,
        weeks.sessions_possible,
        weeks.sessions_attended,
        weeks.week_number between windows.last_week_before_start - {{ parameter('attendance_window_weeks') }} + 1
        and windows.last_week_before_start as is_before_start,
        weeks.week_number between windows.last_week_before_end - {{ parameter('attendance_window_weeks') }} + 1
        and windows.last_week_before_end as is_before_end
    from windows
    inner join weeks on windows.person_id = weeks.person_id
)

select
    support_episode_id,
    coalesce(sum(sessions_possible) filter (where is_before_start), 0) as possible_at_start,
    coalesce(sum(sessions_attended) filter (where is_before_start), 0) as attended_at_start,
    coalesce(sum(sessions_possible) filter (where is_before_end), 0) as possible_at_end,
    coalesce(sum(sessions_attended) filter (where is_before_end), 0) as attended_at_end

from marked
where is_before_start or is_before_end
group by support_episode_id
