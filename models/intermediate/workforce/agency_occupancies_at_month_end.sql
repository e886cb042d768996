-- Agency and interim workers in established social work posts at each month end (C7):
-- one row per occupancy and period end.
select
    posts.period_end,
    occupancies.post_occupancy_id,
    occupancies.post_occupancy_id_rank,
    posts.post_id,
    occupancies.worker_id,
    occupancies.started_on,
    least(coalesce(occupancies.fte, posts.fte), posts.fte) as fte,
    posts.service_area,
    posts.team

from {{ ref('established_posts_at_month_end') }} as posts
inner join {{ ref('stg_workforce__post_occupancies') }} as occupancies
    on posts.post_id = occupancies.post_id
    and occupancies.started_on <= posts.period_end
    and coalesce(occupancies.ended_on, {{ forever() }}) > posts.period_end
where occupancies.occupant_type in ('AGENCY', 'INTERIM')
