-- Missing episodes, counted in every period that holds the start: one row per period type, period end and
-- episode.
select
    periods.period_type,
    periods.period_end,
    episodes.missing_episode_id as case_id,
    episodes.person_id,
    {{ breakdowns('episodes') }},
    episodes.is_looked_after,

    -- evidence
    episodes.started_on,
    episodes.returned_on as ended_on,
    episodes.because,

    -- measures
    case when episodes.is_under_18 and episodes.because is null then true end as went_missing

from {{ ref('missing_episodes_started') }} as episodes
inner join {{ ref('periods') }} as periods
    on episodes.started_on >= periods.period_start and episodes.started_on <= periods.period_end
where episodes.episode_type = 'M'
