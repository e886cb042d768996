-- Children with a named worker in post: one row per child and stretch of days on which the primary allocation
-- names a worker who holds a post. A team, a duty desk, a leaver and a student are nobody.
select
    allocations.person_id,
    greatest(allocations.from_on, employments.from_on) as from_on,
    least(allocations.until_on, employments.until_on) as until_on,
    allocations.worker_id,
    coalesce(employments.is_qualified_social_worker, false) as is_social_worker

from {{ ref('primary_allocation_timeline') }} as allocations
inner join {{ ref('employment_timeline') }} as employments
    on allocations.worker_id = employments.worker_id
    and allocations.from_on < employments.until_on
    and allocations.until_on > employments.from_on
where coalesce(employments.employment_type, 'not recorded') <> 'STUDENT'
