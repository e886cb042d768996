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
    {{ listed('latest.eligibility', codes_of('cl_eligibility', ref('stg_landing__codes'))) }} as eligibility,
    {{ listed('latest.in_touch_code', codes_of('oc3_in_touch', ref('stg_landing__codes'))) }} as in_touch_code,
    latest.latest_contact_on,
    {{ listed(
        'latest.accommodation_code', codes_of('oc3_accom', ref('stg_landing__codes'), endings=['', '1', '2'])
    ) }} as accommodation_code,
    {{ listed(
        'latest.accommodation_suitability', codes_of('oc3_accom_suitability', ref('stg_landing__codes'))
    ) }} as accommodation_suitability,
    {{ listed('latest.activity_code', codes_of('oc3_activ', ref('stg_landing__codes'))) }} as activity_code,
    latest.pathway_plan_reviewed_on,
    case when latest.team_id is not null then coalesce(teams.breakdown_value, 'not recorded') end as team_id,
    latest.worker_id,
    cast(run.as_at as timestamp) as as_at

from {{ ref('stg_care_leavers__care_leavers') }} as latest
cross join {{ ref('stg_landing__run') }} as run
left join {{ ref('breakdown_labels') }} as teams
    on teams.breakdown = 'team' and latest.team_id = teams.breakdown_value
{% endsnapshot %}
