-- Placements as extracted: one row per cla placement id.
select
    clap_cla_placement_id as placement_id,
    clap_cla_placement_id_rank as placement_id_rank,
    clap_cla_placement_start_date as started_at,
    cast(clap_cla_placement_start_date as date) as started_on,
    clap_cla_placement_type as placement_type,
    clap_cla_placement_urn as provider_urn,
    clap_cla_placement_distance as distance_miles,
    clap_cla_id as cla_id,
    clap_cla_placement_provider as provider,
    clap_cla_placement_postcode_hash as postcode_hash,
    clap_cla_placement_postcode_outward as postcode_outward,
    clap_cla_placement_end_date as ended_at,
    cast(clap_cla_placement_end_date as date) as ended_on,
    clap_cla_placement_change_reason as change_reason,
    clap_person_id as person_id

from {{ source('looked_after', 'ssd_cla_placement') }}
