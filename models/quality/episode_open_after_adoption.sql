-- Episodes of care left open that an adoption order closed (31): one row per episode.
select
    {{ finding('episode_open_after_adoption', 'ssd_cla_episodes', 'clae_cla_episode_ceased_date', of='recorded') }}

from {{ ref('stg_looked_after__episodes') }} as recorded
inner join {{ ref('care_episodes') }} as closed on recorded.episode_id = closed.episode_id
where recorded.ended_on is null and closed.ended_on is not null
