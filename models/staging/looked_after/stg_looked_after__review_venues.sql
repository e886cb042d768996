-- Review venues as extracted: one row per clar_cla_review_id.
select
    review_id,
    review_id_rank,
    venue_type,
    venue_postcode_hash,
    venue_postcode_outward

from {{ source('looked_after', 'local_review_venues') }}
