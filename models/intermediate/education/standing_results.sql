{#- A score or grade as a spreadsheet or a program writes it: 103.0 is 103. -#}
{%- set result = "regexp_replace(upper(results.result), '[.]0+$', '')" -%}
-- Results that stand at each month end: one row per period end and result. Only the latest academic year with results that
-- could be reported by then; of one subject and qualification only the results of the highest status.
with reported_years as (
    select
        key_stage,
        academic_year,
        min(results_available_on) as available_from
    from {{ ref('stg_education__attainment') }}
    where person_id is not null and academic_year in (select academic_year from {{ ref('academic_years') }})
    group by key_stage, academic_year
),

latest_years as (
    select
        month_ends.period_end,
        reported_years.key_stage,
        max(reported_years.academic_year) as academic_year
    from reported_years
    inner join {{ ref('month_ends') }} as month_ends on reported_years.available_from <= month_ends.period_end
    group by month_ends.period_end, reported_years.key_stage
)

select
    latest_years.period_end,
    results.attainment_id,
    results.person_id,
    results.key_stage,
    results.academic_year,
    results.subject,
    results.result_status = 'FINAL' as is_final,
    {{ result }} in ('L', 'P', 'F') as is_of_another_year,
    coalesce(
        (
            results.subject in ('READING', 'MATHS')
            and results.qualification = 'KS2_TEST'
            and {{ whole_number(result) }} >= 100
        )
        or (
            results.subject = 'WRITING'
            and results.qualification = 'KS2_TEACHER'
            and {{ result }} in ('EXS', 'GDS')
        ),
        false
    ) as meets_expected_standard,
    results.qualification in ('GCSE', 'EQUIVALENT')
    and {{ result }} in ('9', '8', '7', '6', '5', '4', 'A*', 'A', 'B', 'C') as is_pass,
    results.qualification in ('GCSE', 'EQUIVALENT')
    and {{ result }} in ('9', '8', '7', '6', '5', 'A*', 'A', 'B') as is_strong_pass

from latest_years
inner join {{ ref('stg_education__attainment') }} as results
    on latest_years.key_stage = results.key_stage
    and latest_years.academic_year = results.academic_year
    and latest_years.period_end >= results.results_available_on
where results.person_id is not null and results.key_stage in (2, 4)
qualify rank() over (
    partition by
        latest_years.period_end,
        results.person_id,
        results.key_stage,
        results.subject,
        results.qualification
    order by
        case results.result_status
            when 'FINAL' then 1
            when 'REVISED' then 2
            when 'PROVISIONAL' then 3
            else 4
        end
) = 1
