-- Staff who left the organisation (68), a fixed term that ran out included:
-- one row per employment row that ended so.
-- Where no reason is recorded, somebody who holds no other post the next day has left.
select
    employments.employment_id,
    employments.employment_id_rank,
    employments.worker_id,
    employments.employment_type,
    employments.team_id,
    employments.fte,
    employments.started_on,
    employments.ended_on

from {{ ref('stg_workforce__employments') }} as employments
left join {{ ref('employment_timeline') }} as next_posts
    on employments.worker_id = next_posts.worker_id
    and employments.ended_on + 1 >= next_posts.from_on
    and employments.ended_on + 1 < next_posts.until_on
where
    employments.worker_id is not null
    and employments.ended_on is not null
    and (
        employments.leave_reason = 'LEFT_ORGANISATION'
        or (employments.leave_reason is null and next_posts.worker_id is null)
    )
