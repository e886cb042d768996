-- Questionnaires as extracted: one row per row of local_questionnaires.
select
    questionnaire_id,
    questionnaire_id_rank,
    person_id,
    tool,
    respondent,
    started_date as started_on,
    completed_date as completed_on

from {{ source('participation', 'local_questionnaires') }}
