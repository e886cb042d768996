-- Education plans as extracted: one row per row of local_education_plans.
select
    education_plan_id,
    education_plan_id_rank,
    person_id,
    meeting_date as met_on,
    completed_date as completed_on,
    status

from {{ source('education', 'local_education_plans') }}
