-- Practitioners in post for the whole of a month in frontline safeguarding teams (69):
-- one row per worker and month. The months go back as far as the earliest window that is reported.
with months as (
    select
        last_day(days.day) as month_end,
        min(days.day) as month_from,
        count_if(days.is_working_day) as working_days
    from {{ ref('calendar') }} as days
    where
        days.day >= (select min(twelve_months_from) from {{ ref('month_ends') }})
        and days.day <= (select max(period_end) from {{ ref('month_ends') }})
    group by last_day(days.day)
),

-- one employment row spans the month; of several the latest start, then id
posts as (
    select
        months.month_end,
        months.working_days,
        employments.worker_id,
        employments.team_id,
        employments.role,
        employments.employment_type
    from {{ ref('stg_workforce__employments') }} as employments
    inner join months
        on employments.started_on <= months.month_from
        and coalesce(employments.ended_on, {{ forever() }}) > months.month_end
    where employments.worker_id is not null
    qualify row_number() over (
        partition by months.month_end, employments.worker_id
        order by employments.started_on desc, employments.employment_id_rank desc
    ) = 1
),

case_holders as (
    select distinct
        months.month_end,
        allocations.worker_id
    from {{ ref('allocations') }} as allocations
    inner join months
        on allocations.started_on <= months.month_end
        and coalesce(allocations.ended_on, {{ forever() }}) > months.month_end
    where allocations.is_primary
)

select
    posts.month_end,
    posts.working_days,
    posts.worker_id,
    coalesce(teams.service_area, 'not recorded') as service_area,
    posts.team_id as team

from posts
inner join {{ ref('team_timeline') }} as teams
    on posts.team_id = teams.team_id
    and posts.month_end >= teams.from_on
    and posts.month_end < teams.until_on
left join case_holders
    on posts.month_end = case_holders.month_end and posts.worker_id = case_holders.worker_id
where
    teams.is_safeguarding
    and coalesce(posts.employment_type, 'not recorded') <> 'STUDENT'
    and (posts.role in ('SOCIAL_WORKER', 'SENIOR_SOCIAL_WORKER') or case_holders.worker_id is not null)
