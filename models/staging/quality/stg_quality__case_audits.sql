-- Case audits as extracted: one row per row of local_case_audits.
select
    audit_id,
    audit_id_rank,
    person_id,
    completed_date as completed_on,
    team_id,
    audit_type,
    grade,
    moderated_grade

from {{ source('quality', 'local_case_audits') }}
