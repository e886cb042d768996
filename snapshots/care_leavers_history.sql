-- Latest positions of care leavers as they stood night after night: one row per care_leaver_id and version. The extract holds the latest only.
{% snapshot care_leavers_history %}
{{ config(
    unique_key='care_leaver_id',
    strategy='check',
    check_cols=['person_id', 'eligibility', 'in_touch_code', 'latest_contact_on', 'accommodation_code', 'accommodation_suitability', 'activity_code', 'pathway_plan_reviewed_on', 'team_id', 'worker_id'],
    updated_at='as_at'
) }}
select
    latest.care_leaver_id,
    latest.person_id,
    latest.eligibility,
    latest.in_touch_code,
    latest.latest_contact_on,
    latest.accommodation_code,
    latest.accommodation_suitability,
    latest.activity_code,
    latest.pathway_plan_reviewed_on,
    latest.team_id,
    latest.worker_id,
    cast(run.as_at as timestamp) as as_at

from {{ ref('stg_care_leavers__care_leavers') }} as latest
cross join {{ ref('stg_landing__run') }} as run
{% endsnapshot %}
