-- Disabilities as extracted: one row per row of ssd_disability.
select
    disa_person_id as person_id,
    disa_table_id as disability_id,
    disa_table_id_rank as disability_id_rank,
    disa_disability_code as disability_code

from {{ source('people', 'ssd_disability') }}
