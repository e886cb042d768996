-- The legal status that prevails: one row per person and stretch of days under one status.
-- A placement order (E1) prevails over all; otherwise the status that started last.
with statuses as (
    select
        person_id,
        legal_status,
        started_on as from_on,
        ended_on as until_on,
        started_at,
        legal_status_id_rank
    from {{ ref('legal_status_spells') }}
),

{{ timeline(
    relation='statuses',
    key='person_id',
    values=['legal_status'],
    order_by="case when legal_status = 'E1' then 0 else 1 end, started_at desc, legal_status_id_rank desc"
) }}
