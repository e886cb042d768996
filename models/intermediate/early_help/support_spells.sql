-- Targeted family support and early help episodes, those that follow within a day joined (90, 92, 102): one row per person,
-- service level and spell. Episodes that end before they start are left out; one without a person is a spell by itself.
with episodes as (
    select
        support_episode_id,
        support_episode_id_rank,
        person_id,
        service_level,
        started_on,
        ended_on,
        start_source
    from {{ ref('stg_early_help__support_episodes') }}
    where
        service_level in ('TFS', 'EARLY_HELP')
        and person_id is not null
        and started_on <= coalesce(ended_on, {{ forever() }})
),

chained as (
    {{ chained(
        'episodes',
        'person_id, service_level',
        'support_episode_id_rank',
        gap=parameter('tfs_transfer_gap_days')
    ) }}
),

spells as (
    select
        person_id,
        service_level,
        chain_number,
        min(started_on) as started_on,
        case when count(*) = count(ended_on) then max(ended_on) end as ended_on
    from chained
    group by person_id, service_level, chain_number
),

firsts as (
    select
        person_id,
        service_level,
        chain_number,
        support_episode_id,
        start_source
    from chained
    qualify row_number() over (
        partition by person_id, service_level, chain_number
        order by started_on, support_episode_id_rank
    ) = 1
)

select
    firsts.support_episode_id,
    spells.person_id,
    spells.service_level,
    spells.started_on,
    spells.ended_on,
    firsts.start_source

from spells
inner join firsts using (person_id, service_level, chain_number)

union all

select
    support_episode_id,
    person_id,
    service_level,
    started_on,
    ended_on,
    start_source

from {{ ref('stg_early_help__support_episodes') }}
where
    service_level in ('TFS', 'EARLY_HELP')
    and person_id is null
    and started_on <= coalesce(ended_on, {{ forever() }})
