-- Permanent and fixed-term posts in frontline teams over the 12 months to each month end (68), with how many
-- of the 13 month ends they were held on, and whether the worker left from them:
-- one row per employment row and period end.
with held as (
    select
        month_ends.period_end,
        posts.employment_id,
        count(*) as month_ends_held,
        bool_or(days.day = month_ends.period_end) as is_held
    from {{ ref('month_ends') }} as month_ends
    inner join {{ ref('calendar') }} as days
        on days.day >= month_ends.twelve_months_from - 1
        and days.day <= month_ends.period_end
        and days.day = last_day(days.day)
    inner join {{ ref('employment_timeline') }} as posts
        on days.day >= posts.from_on and days.day < posts.until_on
    inner join {{ ref('team_timeline') }} as teams
        on posts.team_id = teams.team_id
        and days.day >= teams.from_on
        and days.day < teams.until_on
    where posts.employment_type in ('PERMANENT', 'FIXED_TERM') and teams.is_frontline
    group by month_ends.period_end, posts.employment_id
),

left_from as (
    select
        month_ends.period_end,
        leavers.employment_id
    from {{ ref('leavers') }} as leavers
    inner join {{ ref('month_ends') }} as month_ends
        on leavers.ended_on >= month_ends.twelve_months_from and leavers.ended_on <= month_ends.period_end
    inner join {{ ref('team_timeline') }} as teams
        on leavers.team_id = teams.team_id
        and leavers.ended_on >= teams.from_on
        and leavers.ended_on < teams.until_on
    where leavers.employment_type in ('PERMANENT', 'FIXED_TERM') and teams.is_frontline
    -- somebody who left twice in the window is one leaver, from the later post
    qualify row_number() over (
        partition by month_ends.period_end, leavers.worker_id
        order by leavers.ended_on desc, leavers.started_on desc, leavers.employment_id_rank desc
    ) = 1
),

counted as (
    select
        coalesce(held.period_end, left_from.period_end) as period_end,
        coalesce(held.employment_id, left_from.employment_id) as employment_id,
        coalesce(held.month_ends_held, 0) as month_ends_held,
        coalesce(held.is_held, false) as is_held,
        left_from.employment_id is not null as is_leaver
    from held
    full outer join left_from
        on held.period_end = left_from.period_end and held.employment_id = left_from.employment_id
)

select
    counted.period_end,
    counted.employment_id,
    employments.worker_id,
    employments.fte,
    employments.started_on,
    case when employments.ended_on <= counted.period_end then employments.ended_on end as ended_on,
    counted.month_ends_held,
    counted.is_held,
    counted.is_leaver,
    coalesce(teams.service_area, 'not recorded') as service_area,
    coalesce(employments.team_id, 'not recorded') as team

from counted
inner join {{ ref('stg_workforce__employments') }} as employments using (employment_id)
left join {{ ref('team_timeline') }} as teams
    on employments.team_id = teams.team_id
    and least(counted.period_end, coalesce(employments.ended_on, counted.period_end)) >= teams.from_on
    and least(counted.period_end, coalesce(employments.ended_on, counted.period_end)) < teams.until_on
