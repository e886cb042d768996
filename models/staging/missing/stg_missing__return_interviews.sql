-- Return interviews as extracted: one row per row of local_return_interviews.
select
    return_interview_id,
    return_interview_id_rank,
    missing_episode_id,
    offered_at,
    cast(offered_at as date) as offered_on,
    outcome,
    held_at,
    cast(held_at as date) as held_on

from {{ source('missing', 'local_return_interviews') }}
