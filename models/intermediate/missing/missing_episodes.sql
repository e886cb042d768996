-- Missing and away episodes, cancelled reports and those of no known kind left out: one row per episode.
select
    episodes.missing_episode_id,
    episodes.missing_episode_id_rank,
    episodes.person_id,
    episodes.episode_type,
    coalesce(details.started_at, episodes.started_at) as started_at,
    cast(coalesce(details.started_at, episodes.started_at) as date) as started_on,
    coalesce(details.returned_at, episodes.ended_at) as returned_at,
    cast(coalesce(details.returned_at, episodes.ended_at) as date) as returned_on

from {{ ref('stg_missing__episodes') }} as episodes
left join {{ ref('stg_missing__episode_details') }} as details using (missing_episode_id)
where
    coalesce(details.status, 'recorded') <> 'CANCELLED'
    and episodes.episode_type in ('M', 'A')
