-- Sdq scores as extracted: one row per row of ssd_sdq_scores.
select
    csdq_table_id as sdq_id,
    csdq_table_id_rank as sdq_id_rank,
    csdq_person_id as person_id,
    cast(csdq_sdq_completed_date as date) as completed_on,
    csdq_sdq_reason as reason,
    csdq_sdq_score as score

from {{ source('health', 'ssd_sdq_scores') }}
