-- Addresses as extracted: one row per row of ssd_address.
select
    addr_table_id as address_id,
    addr_table_id_rank as address_id_rank,
    addr_person_id as person_id,
    addr_address_type as address_type,
    cast(addr_address_start_date as date) as started_on,
    cast(addr_address_end_date as date) as ended_on,
    addr_address_postcode_hash as postcode_hash,
    addr_address_postcode_outward as postcode_outward

from {{ source('people', 'ssd_address') }}
