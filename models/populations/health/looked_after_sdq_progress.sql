-- Strengths and difficulties of looked after children now and about a year before, at each month end: one row per child
-- with a score and period end.
with progress as (
    select
        *,
        case when score <= 13 then 1 when score <= 16 then 2 when score >= 17 then 3 end as band,
        case
            when earlier_score <= 13 then 1
            when earlier_score <= 16 then 2
            when earlier_score >= 17 then 3
        end as earlier_band,
        coalesce(because, case when earlier_score is null then 'excluded: no earlier score' end) as because_of_pair
    from {{ ref('sdq_at_month_end') }}
    where score is not null or because is not null
),

grouped as (
    select
        *,
        earlier_score - score >= {{ parameter('sdq_meaningful_change') }} or band < earlier_band as has_improved,
        earlier_score <= 13 and score <= 13 as is_still_normal
    from progress
)

select
    period_end,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    care_started_on as started_on,
    earlier_scored_on as previous_on,
    scored_on as done_on,
    because_of_pair as because,

    -- measures
    case when because_of_pair is null then has_improved or is_still_normal end as has_improved_or_is_normal,
    case when because_of_pair is null and not is_still_normal then has_improved end as has_improved_from_a_difficulty,
    case when because_of_pair is null then score - earlier_score end as change_in_score,
    case when because is null then earlier_score is null end as has_no_earlier_score

from grouped
