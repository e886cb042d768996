-- Legal statuses of the SSDA903 list, every other status and those that end before they start left out: one
-- row per spell as recorded.
select
    legal_status_id,
    legal_status_id_rank,
    person_id,
    legal_status,
    started_at,
    started_on,
    ended_on

from {{ ref('stg_looked_after__legal_statuses') }}
where
    legal_status in (
        select code
        from {{ ref('stg_landing__codes') }}
        where code_set = 'legal_status'
    )
    and (ended_on is null or ended_on >= started_on)
