-- Periods of care, counted on their 28th day: one row per period of care. Children no longer looked after
-- that day are out.
with reached as (
    select
        *,
        started_on + {{ parameter('care_plan_day') }} as day_28_on
    from {{ ref('care_periods') }}
),

plans as (
    select
        care_period_id,
        min(authorised_on) as authorised_on
    from {{ ref('care_plans') }}
    where authorised_on is not null
    group by care_period_id
)

select
    reached.care_period_id as case_id,
    reached.person_id,
    reached.day_28_on as counted_on,
    {{ child_breakdowns('child', 'reached.day_28_on') }},

    -- evidence
    reached.started_on,
    plans.authorised_on as done_on,
    case
        when reached.person_id is null then 'unknown: child'
        when not looked_after.is_age_known then 'unknown: date of birth'
        when plans.authorised_on is null then 'missing: care plan'
    end as because,

    -- measures
    case
        when looked_after.is_age_known then coalesce(plans.authorised_on <= reached.day_28_on, false)
    end as had_a_plan_by_day_28,
    case
        when looked_after.is_age_known
            then coalesce(
                authorised_day.working_day_number - start_day.working_day_number
                <= {{ parameter('care_plan_working_days') }},
                false
            )
    end as had_a_plan_in_10_working_days

from reached
inner join {{ ref('looked_after_spells') }} as looked_after
    on reached.care_period_id = looked_after.care_period_id
    and reached.day_28_on >= looked_after.from_on
    and reached.day_28_on < looked_after.until_on
left join plans on reached.care_period_id = plans.care_period_id
left join {{ ref('calendar') }} as start_day on reached.started_on = start_day.day
left join {{ ref('calendar') }} as authorised_day on plans.authorised_on = authorised_day.day
left join {{ ref('child_timeline') }} as child
    on reached.person_id = child.person_id
    and reached.day_28_on >= child.from_on
    and reached.day_28_on < child.until_on
