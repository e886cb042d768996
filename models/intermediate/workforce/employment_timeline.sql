-- Which post a worker holds (C7): one row per worker and stretch of days under one employment row.
-- Of several the latest start, then id, prevails.
with employments as (
    select
        worker_id,
        employment_id,
        team_id,
        role,
        is_qualified_social_worker,
        employment_type,
        fte,
        started_on as from_on,
        ended_on as until_on,
        employment_id_rank
    from {{ ref('stg_workforce__employments') }}
),

{{ timeline(
    relation='employments',
    key='worker_id',
    values=['employment_id', 'team_id', 'role', 'is_qualified_social_worker', 'employment_type', 'fte'],
    order_by='from_on desc, employment_id_rank desc'
) }}
