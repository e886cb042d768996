-- Attainment as extracted: one row per row of local_attainment.
select
    attainment_id,
    attainment_id_rank,
    person_id,
    academic_year,
    key_stage,
    subject,
    qualification,
    result,
    result_status,
    results_available_date as results_available_on

from {{ source('education', 'local_attainment') }}
