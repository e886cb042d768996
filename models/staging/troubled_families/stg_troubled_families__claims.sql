-- Claims as extracted: one row per claim.
select
    claim_id,
    claim_id_rank,
    family_id,
    claim_type,
    outcome_achieved_date as achieved_on,
    submitted_date as submitted_on,
    status,
    audit_passed_date as audit_passed_on

from {{ source('troubled_families', 'local_programme_claims') }}
