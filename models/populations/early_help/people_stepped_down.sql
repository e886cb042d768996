-- People who stepped down from social care, each once in a period and level, by the latest step: one row per period type,
-- period end, service level and person. Any of a person's steps of the period makes it a recorded one.
select
    periods.period_type,
    periods.period_end,
    steps.person_id as case_id,
    steps.person_id,
    {{ breakdowns('steps') }},

    -- evidence
    steps.service_level,
    steps.social_care_ended_on as ended_on,
    steps.support_started_on as started_on,
    steps.because,

    -- measures
    case when steps.because is null then true end as stepped_down,
    case
        when steps.because is null
            then bool_or(steps.because is null and steps.is_recorded) over (
                partition by periods.period_type, periods.period_end, steps.service_level, steps.person_id
            )
    end as stepped_down_as_recorded

from {{ ref('steps_down') }} as steps
inner join {{ ref('periods') }} as periods
    on steps.stepped_on >= periods.period_start and steps.stepped_on <= periods.period_end
qualify row_number() over (
    partition by periods.period_type, periods.period_end, steps.service_level, steps.person_id
    order by case when steps.because is null then 0 else 1 end, steps.stepped_on desc
) = 1
