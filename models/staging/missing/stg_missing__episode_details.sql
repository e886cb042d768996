-- Episode details as extracted: one row per miss_table_id.
select
    missing_episode_id,
    missing_episode_id_rank,
    started_at,
    cast(started_at as date) as started_on,
    returned_at,
    cast(returned_at as date) as returned_on,
    status

from {{ source('missing', 'local_missing_details') }}
