-- Activities in which young people help to shape policy, counted in every period that holds the day: one row per period type,
-- period end and activity.
select
    periods.period_type,
    periods.period_end,
    activities.activity_id as case_id,
    cast(null as string) as person_id,
    {{ breakdowns(has=[]) }},

    -- evidence
    activities.held_on as done_on,
    cast(null as string) as because,

    -- measures
    true as was_held,
    activities.anonymous_headcount

from {{ ref('policy_activities') }} as activities
inner join {{ ref('periods') }} as periods
    on activities.held_on >= periods.period_start and activities.held_on <= periods.period_end
