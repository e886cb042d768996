-- Employment current at each month end (C7), with the team's service area then:
-- one row per employment row and period end.
-- Of several rows of a worker the one that started last, then the greatest id, is the post the worker holds.
select
    month_ends.period_end,
    employments.employment_id,
    employments.worker_id,
    employments.role,
    employments.employment_type,
    employments.fte,
    employments.started_on,
    coalesce(employments.role in ('SOCIAL_WORKER', 'SENIOR_SOCIAL_WORKER'), false) as is_in_social_work_role,
    coalesce(employments.employment_type = 'STUDENT', false) as is_student,
    row_number() over (
        partition by month_ends.period_end, employments.worker_id
        order by employments.started_on desc, employments.employment_id_rank desc
    ) = 1 and employments.worker_id is not null as is_post_held,
    coalesce(teams.service_area, 'not recorded') as service_area,
    coalesce(employments.team_id, 'not recorded') as team

from {{ ref('stg_workforce__employments') }} as employments
inner join {{ ref('month_ends') }} as month_ends
    on employments.started_on <= month_ends.period_end
    and coalesce(employments.ended_on, {{ forever() }}) > month_ends.period_end
left join {{ ref('team_timeline') }} as teams
    on employments.team_id = teams.team_id
    and month_ends.period_end >= teams.from_on
    and month_ends.period_end < teams.until_on
