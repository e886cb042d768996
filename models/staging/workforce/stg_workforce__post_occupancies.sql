-- Post occupancies as extracted: one row per row of local_post_occupancy.
select
    post_occupancy_id,
    post_occupancy_id_rank,
    post_id,
    worker_id,
    occupant_type,
    fte,
    start_date as started_on,
    end_date as ended_on

from {{ source('workforce', 'local_post_occupancy') }}
