-- Health of the children looked after at each month end: one row per child and period end.
with checks as (
    select
        looked_after.period_end,
        looked_after.person_id,
        max(
            case
                when checks.is_health_assessment and checks.checked_on >= looked_after.care_started_on
                    then checks.checked_on
            end
        ) as latest_assessment_on,
        count(*) filter (
            where checks.is_health_assessment and checks.checked_on >= looked_after.twelve_months_from
        ) as assessments_in_12_months,
        max(
            case
                when checks.is_dental_check and checks.checked_on >= looked_after.twelve_months_from
                    then checks.checked_on
            end
        ) as dental_check_on
    from {{ ref('looked_after_at_month_end') }} as looked_after
    inner join {{ ref('completed_health_checks') }} as checks
        on looked_after.person_id = checks.person_id and looked_after.period_end >= checks.checked_on
    group by looked_after.period_end, looked_after.person_id
),

children as (
    select
        looked_after.*,
        checks.latest_assessment_on,
        coalesce(checks.assessments_in_12_months, 0) as assessments_in_12_months,
        checks.dental_check_on,
        case
            when immunisations.status_on <= looked_after.period_end then immunisations.is_up_to_date
        end as is_immunised,
        case
            when looked_after.because is not null then looked_after.because
            when until_day.working_day_number - care_start.working_day_number <= {{ parameter('iha_working_days') }}
                then 'excluded: the initial health assessment is not yet due'
        end as because_of_assessment,
        case when looked_after.is_in_care_12_months then looked_after.because end as because_of_year
    from {{ ref('looked_after_at_month_end') }} as looked_after
    left join {{ ref('calendar') }} as care_start on looked_after.care_started_on = care_start.day
    inner join {{ ref('calendar') }} as until_day on looked_after.period_end = until_day.day
    left join checks
        on looked_after.person_id = checks.person_id and looked_after.period_end = checks.period_end
    left join {{ ref('stg_health__immunisations') }} as immunisations
        on looked_after.person_id = immunisations.person_id
)

select
    period_end,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    care_started_on as started_on,
    latest_assessment_on as done_on,
    dental_check_on,
    age < 5 as is_under_5,
    because_of_assessment,
    because_of_year,
    coalesce(
        because_of_year,
        case when is_in_care_12_months and is_immunised is null then 'missing: immunisation status' end
    ) as because_of_immunisations,
    month(period_end) <> 3 as is_before_year_end,

    -- measures
    case
        when because_of_assessment is null
            then coalesce(
                case
                    when age < 5 then {{ plus_months('latest_assessment_on', parameter('rha_under_5_months')) }}
                    else {{ plus_months('latest_assessment_on', parameter('rha_5_plus_months')) }}
                end >= period_end,
                false
            )
    end as has_a_health_assessment_in_date,
    case
        when because is null and is_in_care_12_months
            then assessments_in_12_months >= case when age < 5 then 2 else 1 end
    end as had_the_health_assessments_of_the_year,
    case when because is null and is_in_care_12_months then dental_check_on is not null end as had_a_dental_check,
    case when because is null and is_in_care_12_months then coalesce(is_immunised, false) end as is_immunised,
    case when because is null and is_in_care_12_months then is_immunised is null end as has_unknown_immunisations

from children
