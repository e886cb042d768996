-- Pupils of compulsory school age and their attendance, counted on the day support ended: one row per support episode.
with pupils as (
    select
        episodes.*,
        coalesce(attendance.possible_at_start, 0) as possible_at_start,
        coalesce(attendance.attended_at_start, 0) as attended_at_start,
        coalesce(attendance.possible_at_end, 0) as possible_at_end,
        coalesce(attendance.attended_at_end, 0) as attended_at_end,
        coalesce(
            episodes.because,
            case
                when
                    {{ days_between('episodes.started_on', 'episodes.ended_on') }}
                    < 7 * {{ parameter('attendance_window_weeks') }}
                    then 'excluded: support was shorter than the window'
                when least(coalesce(attendance.possible_at_start, 0), coalesce(attendance.possible_at_end, 0))
                < {{ parameter('attendance_min_sessions') }}
                    then 'excluded: too few sessions'
            end
        ) as because_of_attendance
    from {{ ref('ended_support_episodes') }} as episodes
    left join {{ ref('attendance_around_support') }} as attendance
        on episodes.support_episode_id = attendance.support_episode_id
    where coalesce(episodes.is_of_school_age, true)
),

compared as (
    select
        *,
        100 * attended_at_start <= {{ parameter('attendance_concern_pct') }} * possible_at_start as is_absent_at_start,
        100 * (attended_at_end * possible_at_start - attended_at_start * possible_at_end)
        >= {{ parameter('attendance_min_improvement_points') }} * possible_at_start * possible_at_end as has_improved
    from pupils
)

select
    support_episode_id as case_id,
    person_id,
    ended_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    started_on,
    ended_on,
    because_of_attendance as because,

    -- measures
    case when because_of_attendance is null and is_absent_at_start then has_improved end as has_improved_attendance,
    case when because_of_attendance is null then has_improved end as has_improved_whatever_the_start,
    case
        when because_of_attendance is null and is_absent_at_start
            then cast(100 as double) * (attended_at_end * possible_at_start - attended_at_start * possible_at_end)
                / (possible_at_start * possible_at_end)
    end as change_in_points

from compared
