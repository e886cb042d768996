-- Periods of care that ended in the year to date: one row per period type, period end and period of care.
select
    years.period_type,
    years.period_end,
    ends.care_period_id as case_id,
    ends.person_id,
    {{ breakdowns('ends') }},

    -- evidence
    ends.started_on,
    {{ day_but_no_birthday('ends.ended_on', 'ends.age_band') }} as ended_on,
    ends.because,

    -- measures
    case when ends.because is null then ends.was_adopted end as ended_in_adoption

from {{ ref('care_ends') }} as ends
inner join {{ ref('years_to_date') }} as years
    on ends.ended_on >= years.window_start and ends.ended_on <= years.period_end
