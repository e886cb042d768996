-- Placement details as extracted: one row per clap_cla_placement_id.
select
    placement_id,
    placement_id_rank,
    carer_id,
    inside_authority as is_inside_authority

from {{ source('looked_after', 'local_placement_details') }}
