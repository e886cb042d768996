-- Episodes of care with days of which no legal status is recorded (33): one row per episode.
with without_status as (
    select distinct episodes.episode_id
    from {{ ref('care_episodes') }} as episodes
    inner join {{ ref('looked_after_spells') }} as spells
        on episodes.person_id = spells.person_id
        and episodes.started_on < spells.until_on
        and coalesce(episodes.ended_on, {{ forever() }}) > spells.from_on
    where spells.legal_status is null
)

select
    {{ finding('no_legal_status', 'ssd_cla_episodes', 'clae_cla_episode_id', of='episodes') }}

from {{ ref('stg_looked_after__episodes') }} as episodes
inner join without_status using (episode_id)
