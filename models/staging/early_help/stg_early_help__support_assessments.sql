-- Support assessments as extracted: one row per row of local_support_assessments.
select
    support_assessment_id,
    support_assessment_id_rank,
    person_id,
    family_id,
    service_level,
    start_date as started_on,
    completed_date as completed_on,
    status

from {{ source('early_help', 'local_support_assessments') }}
