-- Which authority is responsible for a person (C18): one row per person and stretch of days under one authority.
-- No stretch means the responsibility is ours.
with responsibilities as (
    select
        person_id,
        authority_code,
        coalesce(started_on, {{ forever_ago() }}) as from_on,
        ended_on as until_on,
        responsible_authority_id_rank
    from {{ ref('stg_people__responsible_authorities') }}
),

{{ timeline(
    relation='responsibilities',
    key='person_id',
    values=['authority_code'],
    order_by='from_on desc, responsible_authority_id_rank desc'
) }}
