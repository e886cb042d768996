-- Missing and away episodes with the clock of the return interview (54, 56, 58, 60): one row per episode
-- whose end is known.
with interviews as (
    select
        episodes.missing_episode_id,
        episodes.returned_at,
        interviews.outcome,
        interviews.held_at,
        interviews.held_on,
        interviews.outcome = 'HELD'
        and not {{ is_before('interviews.held_at', 'episodes.returned_at') }} as is_held
    from {{ ref('missing_episodes') }} as episodes
    inner join {{ ref('stg_missing__return_interviews') }} as interviews using (missing_episode_id)
),

answers as (
    select
        missing_episode_id,
        min(case when is_held then held_on end) as held_on,
        bool_or(
            is_held and {{ hours_within('returned_at', 'held_at', parameter('return_interview_hours')) }}
        ) as is_held_in_time,
        bool_and(outcome in ('DECLINED', 'NOT_OFFERED')) as is_not_accepted
    from interviews
    group by missing_episode_id
),

clocks as (
    select
        *,
        {{ clock_ends_on('returned_at', parameter('return_interview_hours')) }} as clock_ended_on
    from {{ ref('missing_episodes') }}
    where returned_on is not null
)

select
    clocks.missing_episode_id,
    clocks.person_id,
    clocks.episode_type,
    clocks.started_on,
    clocks.returned_on,
    clocks.clock_ended_on,
    coalesce(started.is_looked_after, false) as was_looked_after,
    persons.born_on is not null as is_age_known,
    answers.missing_episode_id is not null as has_interview,
    answers.held_on,
    coalesce(answers.is_held_in_time, false) as is_held_in_time,
    coalesce(answers.is_not_accepted, false) as is_not_accepted,
    case
        when clocks.person_id is null then 'unknown: child'
        when {{ is_before('clocks.returned_at', 'clocks.started_at') }}
            then 'excluded: returned before the start'
        when persons.turned_18_on <= clocks.returned_on then 'excluded: turned 18 before the return'
        when persons.died_on <= clocks.returned_on then 'excluded: died'
    end as because,
    {{ child_breakdowns('child', 'clocks.clock_ended_on') }}

from clocks
left join answers using (missing_episode_id)
left join {{ ref('missing_episodes_started') }} as started using (missing_episode_id)
left join {{ ref('persons') }} as persons on clocks.person_id = persons.person_id
left join {{ ref('child_timeline') }} as child
    on clocks.person_id = child.person_id
    and clocks.clock_ended_on >= child.from_on
    and clocks.clock_ended_on < child.until_on
