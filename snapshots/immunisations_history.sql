-- Immunisation statuses as they stood night after night: one row per person_id and version. The extract holds the latest only.
{% snapshot immunisations_history %}
{{ config(
    unique_key='person_id',
    strategy='check',
    check_cols=['is_up_to_date', 'status_on'],
    updated_at='as_at'
) }}
select
    latest.person_id,
    latest.is_up_to_date,
    latest.status_on,
    cast(run.as_at as timestamp) as as_at

from {{ ref('stg_health__immunisations') }} as latest
cross join {{ ref('stg_landing__run') }} as run
{% endsnapshot %}
