-- Primary allocations to a named worker in post (63, 64): one row per allocation and stretch of days in one post.
-- A team, a duty desk, a leaver and a student are nobody; of several allocations of a child any will do.
with primary_allocations as (
    select
        involvement_id,
        person_id,
        worker_id,
        started_on,
        coalesce(ended_on, {{ forever() }}) as until_on
    from {{ ref('allocations') }}
    where is_primary and started_on is not null
)

select
    allocations.involvement_id,
    allocations.person_id,
    greatest(allocations.started_on, posts.from_on) as from_on,
    least(allocations.until_on, posts.until_on) as until_on,
    allocations.worker_id,
    coalesce(posts.is_qualified_social_worker, false) as is_social_worker

from primary_allocations as allocations
inner join {{ ref('employment_timeline') }} as posts
    on allocations.worker_id = posts.worker_id
    and greatest(allocations.started_on, posts.from_on) < least(allocations.until_on, posts.until_on)
where coalesce(posts.employment_type, 'not recorded') <> 'STUDENT'
