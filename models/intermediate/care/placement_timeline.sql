-- Where a child lives on any day, by the placements as recorded (latest start, then id): one row per child
-- and stretch of days in one placement.
with recorded as (
    select
        *,
        started_on as from_on,
        ended_on as until_on
    from {{ ref('placement_rows') }}
),

{{ timeline(
    relation='recorded',
    key='person_id',
    values=[
        'placement_id',
        'placement_type',
        'carer_id',
        'provider_urn',
        'postcode_hash',
        'distance_miles',
        'is_inside_authority',
    ],
    order_by='started_at desc, placement_id_rank desc'
) }}
