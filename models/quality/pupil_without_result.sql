-- Children in care for a year at the end of key stage 2, in the latest year with results, of whom there is none (75):
-- one row per child.
with latest_year as (
    select
        years.academic_year,
        years.started_on,
        years.cohort_on,
        years.twelve_months_from
    from {{ ref('stg_education__attainment') }} as results
    inner join {{ ref('academic_years') }} as years on results.academic_year = years.academic_year
    where results.key_stage = 2 and results.results_available_on is not null
    qualify row_number() over (order by years.cohort_on desc) = 1
)

select
    {{ finding('pupil_without_result', 'ssd_person', 'pers_person_id', of='people') }}

from {{ ref('stg_people__persons') }} as people
cross join latest_year
inner join {{ ref('looked_after_spells') }} as looked_after
    on people.person_id = looked_after.person_id
    and latest_year.cohort_on >= looked_after.from_on
    and latest_year.cohort_on < looked_after.until_on
    and latest_year.twelve_months_from >= looked_after.care_started_on
left join {{ ref('stg_education__attainment') }} as results
    on people.person_id = results.person_id
    and latest_year.academic_year = results.academic_year
    and results.key_stage = 2
where
    results.person_id is null
    and {{ age('people.born_on', '(latest_year.started_on - 1)') }} = 10
