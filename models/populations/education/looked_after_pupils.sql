-- Pupils looked after for twelve months on the 31 March of the latest academic year reported:
-- one row per period type, period end, key stage and pupil. The year's value is carried until the next is reported.
with cohort as (
    select
        results.*,
        pupils.care_started_on,
        coalesce(
            case when pupils.is_looked_after is null then 'unknown: date of birth' end,
            results.because
        ) as because_of_cohort,
        {{ breakdowns('pupils') }}
    from {{ ref('pupil_results') }} as results
    inner join {{ ref('pupils_on_31_march') }} as pupils
        on results.academic_year = pupils.academic_year and results.person_id = pupils.person_id
    where pupils.is_in_care_12_months
)

select
    periods.period_type,
    periods.period_end,
    cohort.person_id as case_id,
    cohort.person_id,
    {{ breakdowns('cohort') }},

    -- evidence
    cohort.key_stage,
    cohort.academic_year,
    cohort.because_of_cohort is null and not cohort.is_final as is_provisional,
    cohort.care_started_on as started_on,
    cohort.because_of_cohort as because,

    -- measures
    case when cohort.because_of_cohort is null then cohort.met_expected_standard end as met_expected_standard,
    case when cohort.because_of_cohort is null then cohort.passed_english_and_maths end as passed_english_and_maths,
    case
        when cohort.because_of_cohort is null then cohort.passed_english_and_maths_strongly
    end as passed_english_and_maths_strongly

from cohort
inner join {{ ref('periods') }} as periods on cohort.period_end = periods.period_end
