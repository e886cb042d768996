-- Children who went missing or away while looked after, each once in a period and kind of episode, by the latest:
-- one row per period type, period end, kind of episode and child.
with counted as (
    select
        periods.period_type,
        periods.period_end,
        episodes.*,
        count(*) over (
            partition by periods.period_type, periods.period_end, episodes.episode_type, episodes.person_id
        ) as number_of_episodes
    from {{ ref('missing_episodes_started') }} as episodes
    inner join {{ ref('periods') }} as periods
        on episodes.started_on >= periods.period_start and episodes.started_on <= periods.period_end
    where
        episodes.is_looked_after
        and episodes.person_id is not null
        and (episodes.is_under_18 or episodes.because is not null)
)

select
    period_type,
    period_end,
    person_id as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    episode_type,
    started_on,
    returned_on as ended_on,
    because,

    -- measures
    case when because is null and episode_type = 'M' then true end as went_missing,
    case when because is null and episode_type = 'M' then number_of_episodes >= 2 end as went_missing_twice_or_more,
    case when because is null and episode_type = 'A' then true end as was_away

from counted
qualify row_number() over (
    partition by period_type, period_end, episode_type, person_id
    order by started_at desc, missing_episode_id_rank desc
) = 1
