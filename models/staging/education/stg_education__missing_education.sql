-- Missing education as extracted: one row per row of local_missing_education.
select
    missing_education_id,
    missing_education_id_rank,
    person_id,
    start_date as started_on,
    end_date as ended_on

from {{ source('education', 'local_missing_education') }}
