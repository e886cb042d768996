-- Posts for social workers on the establishment at each month end, filled or vacant (C7):
-- one row per post and period end.
select
    month_ends.period_end,
    posts.post_id,
    posts.fte,
    coalesce(teams.service_area, 'not recorded') as service_area,
    coalesce(posts.team_id, 'not recorded') as team

from {{ ref('stg_workforce__posts') }} as posts
inner join {{ ref('month_ends') }} as month_ends
    on posts.started_on <= month_ends.period_end
    and coalesce(posts.ended_on, {{ forever() }}) > month_ends.period_end
left join {{ ref('team_timeline') }} as teams
    on posts.team_id = teams.team_id
    and month_ends.period_end >= teams.from_on
    and month_ends.period_end < teams.until_on
where posts.is_established and posts.role in ('SOCIAL_WORKER', 'SENIOR_SOCIAL_WORKER')
