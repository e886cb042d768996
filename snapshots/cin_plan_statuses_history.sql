-- Statuses of child in need plans as they stood night after night: one row per cin_plan_id and version. The extract holds the latest only.
{% snapshot cin_plan_statuses_history %}
{{ config(
    unique_key='cin_plan_id',
    strategy='check',
    check_cols=['person_id', 'status', 'visit_interval_working_days', 'is_short_break_only'],
    updated_at='as_at'
) }}
select
    latest.cin_plan_id,
    latest.person_id,
    {{ listed('latest.status', codes_of('cin_plan_status_status', ref('stg_landing__codes'))) }} as status,
    latest.visit_interval_working_days,
    latest.is_short_break_only,
    cast(run.as_at as timestamp) as as_at

from {{ ref('stg_child_in_need__plan_statuses') }} as latest
cross join {{ ref('stg_landing__run') }} as run
{% endsnapshot %}
