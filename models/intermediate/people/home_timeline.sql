-- Where a person's home is (C22): one row per person and stretch of days under one home address.
with homes as (
    select
        person_id,
        postcode_outward as locality,
        coalesce(started_on, {{ forever_ago() }}) as from_on,
        ended_on as until_on,
        address_id_rank
    from {{ ref('stg_people__addresses') }}
    where upper(address_type) like '%HOME%' or upper(address_type) like '%PRIMARY%'
),

{{ timeline(
    relation='homes',
    key='person_id',
    values=['locality'],
    order_by='from_on desc, address_id_rank desc'
) }}
