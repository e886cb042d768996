-- The episode that starts a placement: one row per placement named by an episode.
select
    placement_id,
    person_id,
    start_reason

from {{ ref('care_episodes') }}
where placement_id is not null
qualify row_number() over (partition by placement_id order by started_on, started_at, episode_id_rank) = 1
