-- Entries of the narrative register as their latest version says: one row per entry (108, 111).
select
    register_id,
    version,
    theme,
    coalesce(service_area, 'not recorded') as service_area,
    evidence_on,
    evidence_link,
    owner_role,
    submitted_on,
    signed_off_on,
    sign_off_status,
    title,
    summary,
    what_changed,
    coalesce(
        sign_off_status = 'SIGNED_OFF'
        and signed_off_on is not null
        and evidence_link is not null
        and sign_off_role is not null
        and coalesce(lower(sign_off_role) <> lower(owner_role), true),
        false
    ) as is_published

from {{ ref('stg_participation__evidence_register') }}
where register_id is not null
qualify row_number() over (partition by register_id order by version desc, register_version_id_rank desc) = 1
