-- Targeted family support and early help that ended, with who was supported: one row per support episode.
-- Episodes that end before they start are left out.
select
    episodes.support_episode_id,
    episodes.person_id,
    episodes.service_level,
    episodes.started_on,
    episodes.ended_on,
    {{ age('persons.born_on', 'episodes.started_on') }} as age_at_start,
    episodes.ended_on between {{ school_age_from('persons.born_on') }}
    and {{ school_age_until('persons.born_on') }} as is_of_school_age,
    case
        when episodes.person_id is null then 'unknown: person'
        when episodes.end_reason = 'MOVED' then 'excluded: moved away'
        when persons.died_on <= episodes.ended_on then 'excluded: died'
        when persons.born_on is null then 'unknown: date of birth'
        when episodes.started_on is null then 'unknown: first day'
    end as because,
    {{ child_breakdowns('child', 'episodes.ended_on') }}

from {{ ref('stg_early_help__support_episodes') }} as episodes
left join {{ ref('persons') }} as persons on episodes.person_id = persons.person_id
left join {{ ref('child_timeline') }} as child
    on episodes.person_id = child.person_id
    and episodes.ended_on >= child.from_on
    and episodes.ended_on < child.until_on
where
    episodes.service_level in ('TFS', 'EARLY_HELP')
    and episodes.ended_on >= coalesce(episodes.started_on, episodes.ended_on)
