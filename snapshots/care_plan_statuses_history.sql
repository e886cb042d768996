-- Statuses of care plans as they stood night after night: one row per care_plan_id and version. The extract holds the latest only.
{% snapshot care_plan_statuses_history %}
{{ config(
    unique_key='care_plan_id',
    strategy='check',
    check_cols=['person_id', 'cla_id', 'status', 'started_on', 'authorised_on', 'reviewed_on', 'ended_on'],
    updated_at='as_at'
) }}
select
    latest.care_plan_id,
    latest.person_id,
    latest.cla_id,
    {{ listed('latest.status', codes_of('care_plan_status_status', ref('stg_landing__codes'))) }} as status,
    latest.started_on,
    latest.authorised_on,
    latest.reviewed_on,
    latest.ended_on,
    cast(run.as_at as timestamp) as as_at

from {{ ref('stg_looked_after__care_plan_statuses') }} as latest
cross join {{ ref('stg_landing__run') }} as run
{% endsnapshot %}
