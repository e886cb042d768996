-- Strengths and difficulties of children looked after for twelve months and of the ages the questionnaire is for, at each
-- month end: one row per child and period end.
select
    period_end,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    care_started_on as started_on,
    scored_on as done_on,
    because,

    -- measures
    case when because is null then score is not null end as has_completed_sdq,
    case when because is null then score is null end as has_no_sdq,
    score as sdq_score,
    score <= 13 as is_normal,
    score between 14 and 16 as is_borderline,
    score >= 17 as is_cause_for_concern,
    case when score is not null then true end as has_score

from {{ ref('sdq_at_month_end') }}
