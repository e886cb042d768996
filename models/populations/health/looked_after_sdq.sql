-- Strengths and difficulties of children looked after for twelve months and of the ages the questionnaire is for, at each
-- month end: one row per child and period end.
with cohort as (
    select *
    from {{ ref('looked_after_at_month_end') }}
    where
        is_in_care_12_months
        and (
            because is not null
            or (
                {{ birthday('born_on', var('sdq_min_age')) }} <= twelve_months_from
                and age <= {{ var('sdq_max_age') }}
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
)

select
    cohort.period_end,
    cohort.person_id as case_id,
    cohort.person_id,
    {{ breakdowns('cohort') }},

    -- evidence
    cohort.care_started_on as started_on,
    latest.completed_on as done_on,
    cohort.because,

    -- measures
    case when cohort.because is null then latest.score is not null end as has_completed_sdq,
    case when cohort.because is null then latest.score is null end as has_no_sdq,
    latest.score as sdq_score,
    latest.score <= 13 as is_normal,
    latest.score between 14 and 16 as is_borderline,
    latest.score >= 17 as is_cause_for_concern,
    case when latest.score is not null then true end as has_score

from cohort
left join latest
    on cohort.person_id = latest.person_id and cohort.period_end = latest.period_end
