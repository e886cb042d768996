-- Strengths and difficulties of the children looked after for twelve months and of the ages the questionnaire is for:
-- one row per child and period end, with the latest score in the twelve months and the one about a year before it. The one
-- before was scored while looked after; of several the closest to twelve months before, then the later, then the higher.
with cohort as (
    select *
    from {{ ref('looked_after_at_month_end') }}
    where
        is_in_care_12_months
        and (
            because is not null
            or (
                {{ birthday('born_on', parameter('sdq_min_age')) }} <= twelve_months_from
                and age <= {{ parameter('sdq_max_age') }}
            )
        )
),

latest as (
    select
        cohort.period_end,
        cohort.person_id,
        scores.completed_on,
        scores.score
    from cohort
    inner join {{ ref('sdq_scores') }} as scores
        on cohort.person_id = scores.person_id
        and cohort.twelve_months_from <= scores.completed_on
        and cohort.period_end >= scores.completed_on
    qualify row_number() over (
        partition by cohort.period_end, cohort.person_id
        order by scores.completed_on desc, scores.score desc
    ) = 1
),

scored_in_care as (
    select
        scores.person_id,
        scores.completed_on,
        max(scores.score) as score
    from {{ ref('sdq_scores') }} as scores
    inner join {{ ref('care_periods') }} as periods
        on scores.person_id = periods.person_id
        and scores.completed_on >= periods.started_on
        and scores.completed_on < coalesce(periods.ended_on, {{ forever() }})
    left join {{ ref('legal_status_timeline') }} as statuses
        on scores.person_id = statuses.person_id
        and scores.completed_on >= statuses.from_on
        and scores.completed_on < statuses.until_on
    where coalesce(statuses.legal_status, 'none recorded') not in ('V3', 'V4')
    group by scores.person_id, scores.completed_on
),

earlier as (
    select
        latest.period_end,
        latest.person_id,
        scored_in_care.completed_on,
        scored_in_care.score
    from latest
    inner join scored_in_care
        on latest.person_id = scored_in_care.person_id
        and scored_in_care.completed_on
        >= {{ plus_months('latest.completed_on', '-' ~ parameter('sdq_baseline_max_months')) }}
        and scored_in_care.completed_on
        <= {{ plus_months('latest.completed_on', '-' ~ parameter('sdq_baseline_min_months')) }}
    qualify row_number() over (
        partition by latest.period_end, latest.person_id
        order by
            abs({{ days_between('scored_in_care.completed_on', plus_months('latest.completed_on', -12)) }}),
            scored_in_care.completed_on desc
    ) = 1
)

select
    cohort.period_end,
    cohort.person_id,
    cohort.care_period_id,
    cohort.care_started_on,
    latest.completed_on as scored_on,
    latest.score,
    earlier.completed_on as earlier_scored_on,
    earlier.score as earlier_score,
    cohort.because,
    {{ breakdowns('cohort') }}

from cohort
left join latest
    on cohort.person_id = latest.person_id and cohort.period_end = latest.period_end
left join earlier
    on cohort.person_id = earlier.person_id and cohort.period_end = earlier.period_end
