-- The episode that starts a placement, and whose it is, by the first that names a person: one row per placement named by an
-- episode.
with firsts as (
    select
        placement_id,
        start_reason
    from {{ ref('care_episodes') }}
    where placement_id is not null
    qualify row_number() over (partition by placement_id order by started_on, started_at, episode_id_rank) = 1
),

named as (
    select
        placement_id,
        person_id
    from {{ ref('care_episodes') }}
    where placement_id is not null and person_id is not null
    qualify row_number() over (partition by placement_id order by started_on, started_at, episode_id_rank) = 1
)

select
    firsts.placement_id,
    named.person_id,
    firsts.start_reason

from firsts
left join named using (placement_id)
