-- Children who started to be looked after again soon after they had ceased, each counted once in a period by
-- the latest start: one row per period type, period end and child.
select
    periods.period_type,
    periods.period_end,
    starts.person_id as case_id,
    starts.person_id,
    {{ breakdowns('starts') }},

    -- evidence
    starts.started_on,
    starts.previous_on,
    starts.because,

    -- measures
    true as started_again

from {{ ref('periods_of_care_started') }} as starts
inner join {{ ref('periods') }} as periods
    on starts.counted_on >= periods.period_start and starts.counted_on <= periods.period_end
where starts.started_again_within_12_months
qualify row_number() over (
    partition by periods.period_type, periods.period_end, starts.person_id
    order by starts.started_on desc, starts.case_id desc
) = 1
