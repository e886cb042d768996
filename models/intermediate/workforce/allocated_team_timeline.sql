-- Whose team holds a child's case (of several primary allocations the latest start, then id):
-- one row per child and stretch of days under one primary allocation.
with primary_allocations as (
    select
        person_id,
        team_id,
        started_on as from_on,
        ended_on as until_on,
        started_at,
        involvement_id_rank
    from {{ ref('allocations') }}
    where is_primary
),

{{ timeline(
    relation='primary_allocations',
    key='person_id',
    values=['team_id'],
    order_by='started_at desc, involvement_id_rank desc'
) }}
