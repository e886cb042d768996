-- Evidence register as extracted: one row per row of local_evidence_register.
select
    register_version_id,
    register_version_id_rank,
    register_id,
    version,
    theme,
    title,
    summary,
    what_changed,
    service_area,
    evidence_date as evidence_on,
    evidence_link,
    children_involved,
    owner_role,
    submitted_date as submitted_on,
    sign_off_status,
    sign_off_role,
    sign_off_date as signed_off_on

from {{ source('participation', 'local_evidence_register') }}
