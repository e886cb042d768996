-- Responsible authorities as extracted: one row per row of local_responsible_authority.
select
    responsible_authority_id,
    responsible_authority_id_rank,
    person_id,
    authority_code,
    start_date as started_on,
    end_date as ended_on

from {{ source('people', 'local_responsible_authority') }}
