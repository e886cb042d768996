-- Missing and away episodes with the child's position when they started: one row per episode.
select
    episodes.missing_episode_id,
    episodes.missing_episode_id_rank,
    episodes.person_id,
    episodes.episode_type,
    episodes.started_at,
    episodes.started_on,
    episodes.returned_on,
    case
        when child.born_on <= episodes.started_on then {{ age('child.born_on', 'episodes.started_on') }} < 18
    end as is_under_18,
    looked_after.person_id is not null as is_looked_after,
    case
        when episodes.person_id is null then 'unknown: child'
        when child.born_on is null and child.expected_on is null then 'unknown: date of birth'
    end as because,
    {{ child_breakdowns('child', 'episodes.started_on') }}

from {{ ref('missing_episodes') }} as episodes
left join {{ ref('child_timeline') }} as child
    on episodes.person_id = child.person_id
    and episodes.started_on >= child.from_on
    and episodes.started_on < child.until_on
left join {{ ref('looked_after_spells') }} as looked_after
    on episodes.person_id = looked_after.person_id
    and episodes.started_on >= looked_after.from_on
    and episodes.started_on < looked_after.until_on
    -- when care began that day and both times are known, it began before the episode did
    and not {{ is_before('episodes.started_at', 'looked_after.care_started_at') }}
where episodes.started_on is not null
