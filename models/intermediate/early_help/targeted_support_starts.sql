-- New starts of targeted family support (93): one row per episode. A start by the day after an earlier episode ended is a
-- transfer and left out; an earlier episode that never ended makes neither a transfer nor a repeat.
with episodes as (
    select
        support_episode_id,
        support_episode_id_rank,
        person_id,
        started_on,
        ended_on
    from {{ ref('stg_early_help__support_episodes') }}
    where
        service_level = 'TFS'
        and started_on <= coalesce(ended_on, {{ forever() }})
),

previous as (
    select
        episodes.support_episode_id,
        max(earlier.ended_on) as last_ended_on,
        bool_or(earlier.ended_on is null) as has_open_one
    from episodes
    inner join episodes as earlier
        on episodes.person_id = earlier.person_id and episodes.started_on > earlier.started_on
    group by episodes.support_episode_id
)

select
    episodes.support_episode_id,
    episodes.support_episode_id_rank,
    episodes.person_id,
    episodes.started_on,
    case when not previous.has_open_one then previous.last_ended_on end as previous_ended_on,
    case when episodes.person_id is null then 'unknown: person' end as because,
    {{ child_breakdowns('child', 'episodes.started_on') }}

from episodes
left join previous on episodes.support_episode_id = previous.support_episode_id
left join {{ ref('child_timeline') }} as child
    on episodes.person_id = child.person_id
    and episodes.started_on >= child.from_on
    and episodes.started_on < child.until_on
where coalesce(previous.last_ended_on < episodes.started_on - {{ parameter('tfs_transfer_gap_days') }}, true)
