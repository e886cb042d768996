-- Assessments as extracted: one row per assessment id.
select
    cina_assessment_id as assessment_id,
    cina_assessment_id_rank as assessment_id_rank,
    cina_person_id as person_id,
    cina_referral_id as referral_id,
    cina_assessment_start_date as started_at,
    cast(cina_assessment_start_date as date) as started_on,
    cina_assessment_child_seen as child_seen,
    cina_assessment_auth_date as authorised_at,
    cast(cina_assessment_auth_date as date) as authorised_on,
    cina_assessment_outcome_json as outcomes,
    cina_assessment_outcome_nfa as is_no_further_action,
    cina_assessment_team as team_id,
    cina_assessment_worker_id as worker_id

from {{ source('assessments', 'ssd_cin_assessments') }}
