-- Children adopted from care in the year to date, each once by the latest order:
-- one row per period type, period end and child.
select
    years.period_type,
    years.period_end,
    {{ case_of('adoptions.person_id', 'adoptions.care_period_id') }} as case_id,
    adoptions.person_id,
    {{ breakdowns('adoptions') }},

    -- evidence
    adoptions.started_on,
    adoptions.adopted_on as ended_on,
    adoptions.because,
    case when adoptions.adopted_on >= years.period_start then adoptions.because end as because_of_period,

    -- measures
    case when adoptions.because is null then true end as was_adopted,
    case
        when adoptions.because is null then adoptions.adopted_on >= years.period_start
    end as was_adopted_in_the_period

from {{ ref('adoptions') }} as adoptions
inner join {{ ref('years_to_date') }} as years
    on adoptions.adopted_on >= years.window_start and adoptions.adopted_on <= years.period_end
qualify row_number() over (
    partition by years.period_type, years.period_end, {{ case_of('adoptions.person_id', 'adoptions.care_period_id') }}
    order by
        case when adoptions.because is null then 0 else 1 end,
        adoptions.adopted_on desc,
        adoptions.care_period_id_rank desc
) = 1
