-- Primary allocations still open to a worker who holds no post (103 to 106): one row per allocation.
select
    {{ finding('worker_without_post', 'ssd_involvements', 'invo_professional_id', of='recorded') }}

from {{ ref('stg_workforce__involvements') }} as recorded
inner join {{ ref('allocations') }} as allocations on recorded.involvement_id = allocations.involvement_id
cross join {{ ref('stg_landing__run') }} as run
left join {{ ref('employment_timeline') }} as posts
    on allocations.worker_id = posts.worker_id
    and run.as_at >= posts.from_on
    and run.as_at < posts.until_on
where
    allocations.is_primary
    and allocations.started_on is not null
    and allocations.ended_on is null
    and allocations.worker_id is not null
    and posts.worker_id is null
