-- Workers as they stood night after night: one row per worker_id and version. The extract holds the latest only.
{% snapshot professionals_history %}
{{ config(
    unique_key='worker_id',
    strategy='check',
    check_cols=['caseload', 'department', 'fte', 'is_agency_worker'],
    updated_at='as_at'
) }}
select
    latest.worker_id,
    latest.caseload,
    latest.department,
    latest.fte,
    latest.is_agency_worker,
    cast(run.as_at as timestamp) as as_at

from {{ ref('stg_workforce__professionals') }} as latest
cross join {{ ref('stg_landing__run') }} as run
{% endsnapshot %}
