-- School weeks, numbered (99): one row per day, with the latest school week whose Friday is before it. A school week is one
-- in which any pupil had sessions to attend.
with weeks as (
    select
        week_started_on,
        row_number() over (order by week_started_on) as week_number
    from {{ ref('stg_education__attendance') }}
    where sessions_possible > 0 and week_started_on is not null
    group by week_started_on
)

select
    calendar.day,
    weeks.week_number,
    max(fridays.week_number) over (
        order by calendar.day
        rows between unbounded preceding and 1 preceding
    ) as last_week_before

from {{ ref('calendar') }} as calendar
left join weeks on calendar.day = weeks.week_started_on
left join weeks as fridays on calendar.day = fridays.week_started_on + 4
