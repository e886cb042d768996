-- Absences as extracted: one row per row of local_absences.
select
    absence_id,
    absence_id_rank,
    worker_id,
    start_date as started_on,
    end_date as ended_on

from {{ source('workforce', 'local_absences') }}
