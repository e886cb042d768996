-- Young people who were or might become NEET when support began, counted on the day it ended: one row per support episode.
with young_people as (
    select
        episodes.*,
        pairs.baseline_on,
        pairs.baseline_code,
        pairs.end_on,
        pairs.end_code,
        coalesce(
            episodes.because, case when pairs.baseline_code is null then 'unknown: status at the start' end
        ) as because_of_start
    from {{ ref('ended_support_episodes') }} as episodes
    inner join {{ ref('outcome_pairs') }} as pairs
        on episodes.support_episode_id = pairs.intervention_id and pairs.domain = 'NEET'
    where
        pairs.has_baseline
        and coalesce(pairs.baseline_code in ('NEET', 'AT_RISK'), true)
        and coalesce(
            episodes.age_at_start between {{ parameter('neet_min_age') }} and {{ parameter('neet_max_age') }}, true
        )
)

select
    support_episode_id as case_id,
    person_id,
    ended_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    baseline_code as status_at_start,
    started_on,
    baseline_on as previous_on,
    end_on as done_on,
    ended_on,
    because_of_start,
    coalesce(because_of_start, case when end_code is null then 'excluded: no status at the end' end) as because,

    -- measures
    case when because_of_start is null then end_code = 'NEET' end as is_neet_at_end,
    case when because_of_start is null then end_code is null end as has_no_status_at_end

from young_people
