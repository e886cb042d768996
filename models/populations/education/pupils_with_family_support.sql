-- Pupils with six months of targeted family support by the end of the latest academic year reported:
-- one row per period type, period end, key stage and pupil. The year's value is carried until the next is reported.
with supported as (
    select
        years.academic_year,
        years.started_on as year_from,
        years.ended_on as year_until,
        episodes.person_id,
        min(episodes.started_on) as started_on
    from {{ ref('stg_early_help__support_episodes') }} as episodes
    inner join {{ ref('academic_years') }} as years
        on episodes.started_on <= years.ended_on
        and coalesce(episodes.ended_on, {{ forever() }}) >= years.started_on
        and {{ plus_months('episodes.started_on', parameter('tfs_attainment_months')) }}
        <= least(coalesce(episodes.ended_on, {{ forever() }}), years.ended_on)
    where episodes.service_level = 'TFS'
    group by years.academic_year, years.started_on, years.ended_on, episodes.person_id
),

attendance as (
    select
        supported.academic_year,
        supported.person_id,
        sum(weeks.sessions_attended) as sessions_attended,
        sum(weeks.sessions_possible) as sessions_possible
    from supported
    inner join {{ ref('stg_education__attendance') }} as weeks
        on supported.person_id = weeks.person_id
        and supported.year_from <= weeks.week_started_on
        and supported.year_until >= weeks.week_started_on
    where weeks.sessions_possible > 0 and weeks.sessions_attended is not null
    group by supported.academic_year, supported.person_id
),

cohort as (
    select
        results.*,
        supported.started_on,
        cast(100 as double) * attendance.sessions_attended / attendance.sessions_possible as attendance_pct,
        coalesce(
            case
                when pupils.is_looked_after is null then 'unknown: date of birth'
                when pupils.is_looked_after then 'excluded: looked after'
                when pupils.has_cp_plan or pupils.has_cin_plan then 'excluded: on a plan'
            end,
            results.because
        ) as because_of_cohort,
        {{ breakdowns('pupils') }}
    from {{ ref('pupil_results') }} as results
    inner join {{ ref('pupils_on_31_march') }} as pupils
        on results.academic_year = pupils.academic_year and results.person_id = pupils.person_id
    inner join supported
        on results.academic_year = supported.academic_year and results.person_id = supported.person_id
    left join attendance
        on results.academic_year = attendance.academic_year and results.person_id = attendance.person_id
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
    cohort.started_on,
    cohort.because_of_cohort as because,
    coalesce(
        cohort.because_of_cohort, case when cohort.attendance_pct is null then 'unknown: attendance' end
    ) as because_of_attendance,

    -- measures
    case when cohort.because_of_cohort is null then cohort.met_expected_standard end as met_expected_standard,
    case when cohort.because_of_cohort is null then cohort.passed_english_and_maths end as passed_english_and_maths,
    case when cohort.because_of_cohort is null then cohort.attendance_pct end as attendance_pct

from cohort
inner join {{ ref('periods') }} as periods on cohort.period_end = periods.period_end
