-- Risk episodes that say no level (57): one row per episode.
select
    {{ finding('risk_without_level', 'local_risk_episodes', 'level', of='episodes') }}

from {{ ref('stg_exploitation__risk_episodes') }} as episodes
where episodes.level is null
