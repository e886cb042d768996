-- Children who went missing or away, each once in a period and kind of episode, by the latest: one row per
-- cohort (all children, or while looked after by us), period type, period end, kind of episode and child. An
-- episode without a known child stands alone.
with cohorts as (
    select
        *,
        'all' as cohort
    from {{ ref('missing_episodes_started') }}
    union all
    select
        *,
        'looked_after' as cohort
    from {{ ref('missing_episodes_started') }}
    where is_looked_after
),

counted as (
    select
        periods.period_type,
        periods.period_end,
        cohorts.*,
        {{ case_of('cohorts.person_id', 'cohorts.missing_episode_id') }} as case_id,
        count(*) over (
            partition by
                cohorts.cohort,
                periods.period_type,
                periods.period_end,
                cohorts.episode_type,
                {{ case_of('cohorts.person_id', 'cohorts.missing_episode_id') }}
        ) as number_of_episodes
    from cohorts
    inner join {{ ref('periods') }} as periods
        on cohorts.started_on >= periods.period_start and cohorts.started_on <= periods.period_end
    where cohorts.is_under_18 or cohorts.because is not null
)

select
    period_type,
    period_end,
    case_id,
    person_id,
    {{ breakdowns() }},
    cohort,
    episode_type,

    -- evidence
    started_on,
    returned_on as ended_on,
    because,

    -- measures
    case when because is null then true end as went_missing,
    case when because is null and number_of_episodes >= 2 then true end as went_missing_twice_or_more

from counted
qualify row_number() over (
    partition by cohort, period_type, period_end, episode_type, case_id
    order by started_at desc, missing_episode_id_rank desc
) = 1
