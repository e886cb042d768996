-- Pupils at the end of a key stage in the latest academic year reported at each month end, and what they achieved:
-- one row per period end, key stage and pupil.
with pupils as (
    select
        period_end,
        key_stage,
        person_id,
        academic_year,
        bool_and(coalesce(is_final, false)) as is_final,
        coalesce(
            bool_or(subject in ('READING', 'WRITING', 'MATHS') and is_of_another_year), false
        ) as is_of_another_year,
        coalesce(bool_or(subject = 'READING' and meets_expected_standard), false) as meets_reading,
        coalesce(bool_or(subject = 'WRITING' and meets_expected_standard), false) as meets_writing,
        coalesce(bool_or(subject = 'MATHS' and meets_expected_standard), false) as meets_maths,
        coalesce(bool_or(subject in ('ENGLISH_LANGUAGE', 'ENGLISH_LITERATURE') and is_pass), false) as passed_english,
        coalesce(bool_or(subject = 'MATHS' and is_pass), false) as passed_maths,
        coalesce(bool_or(subject in ('ENGLISH_LANGUAGE', 'ENGLISH_LITERATURE') and is_strong_pass), false)
            as passed_english_strongly,
        coalesce(bool_or(subject = 'MATHS' and is_strong_pass), false) as passed_maths_strongly
    from {{ ref('standing_results') }}
    group by period_end, key_stage, person_id, academic_year
),

reported_before as (
    select distinct
        pupils.period_end,
        pupils.person_id
    from pupils
    inner join {{ ref('stg_education__attainment') }} as results
        on pupils.person_id = results.person_id
        and pupils.key_stage = results.key_stage
        and pupils.academic_year > results.academic_year
        and pupils.period_end >= results.results_available_on
    where pupils.key_stage = 4
)

select
    pupils.period_end,
    pupils.key_stage,
    pupils.person_id,
    pupils.academic_year,
    pupils.is_final,
    case
        when pupils.key_stage = 2 and pupils.is_of_another_year then 'excluded: left, or of another year'
        when pupils.key_stage = 4 and reported_before.person_id is not null then 'excluded: reported in an earlier year'
    end as because,
    pupils.meets_reading and pupils.meets_writing and pupils.meets_maths as met_expected_standard,
    pupils.passed_english and pupils.passed_maths as passed_english_and_maths,
    pupils.passed_english_strongly and pupils.passed_maths_strongly as passed_english_and_maths_strongly

from pupils
left join reported_before
    on pupils.person_id = reported_before.person_id
    and pupils.period_end = reported_before.period_end
    and pupils.key_stage = 4
