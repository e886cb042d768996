-- Legal statuses as extracted: one row per legal status id.
select
    lega_legal_status_id as legal_status_id,
    lega_legal_status_id_rank as legal_status_id_rank,
    lega_person_id as person_id,
    lega_legal_status as legal_status,
    lega_legal_status_start_date as started_at,
    cast(lega_legal_status_start_date as date) as started_on,
    lega_legal_status_end_date as ended_at,
    cast(lega_legal_status_end_date as date) as ended_on

from {{ source('looked_after', 'ssd_legal_status') }}
