-- Activities in which young people help to shape policy, services or the workforce (109): one row per activity.
select
    activity_id,
    held_on,
    coalesce(anonymous_headcount, 0) as anonymous_headcount

from {{ ref('stg_participation__activities') }}
where purpose in ('POLICY', 'SERVICE_DESIGN', 'RECRUITMENT') and held_on is not null
