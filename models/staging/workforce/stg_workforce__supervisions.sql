-- Supervisions as extracted: one row per row of local_supervision.
select
    supervision_id,
    supervision_id_rank,
    worker_id,
    supervision_date as supervised_on,
    supervision_type,
    status

from {{ source('workforce', 'local_supervision') }}
