-- People who newly started targeted family support, each once in a period by the latest start: one row per period type,
-- period end and person, or start without a person.
select
    periods.period_type,
    periods.period_end,
    {{ case_of('starts.person_id', 'starts.support_episode_id') }} as case_id,
    starts.person_id,
    {{ breakdowns('starts') }},

    -- evidence
    starts.started_on,
    starts.previous_ended_on as previous_on,
    starts.because,

    -- measures
    case
        when starts.because is null
            then coalesce(
                starts.previous_ended_on
                >= {{ plus_months('starts.started_on', '-' ~ parameter('tfs_repeat_months')) }},
                false
            )
    end as is_repeat

from {{ ref('targeted_support_starts') }} as starts
inner join {{ ref('periods') }} as periods
    on starts.started_on >= periods.period_start and starts.started_on <= periods.period_end
qualify row_number() over (
    partition by periods.period_type, periods.period_end, {{ case_of('starts.person_id', 'starts.support_episode_id') }}
    order by starts.started_on desc, starts.support_episode_id_rank desc
) = 1
