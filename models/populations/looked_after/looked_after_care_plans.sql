-- Care plans of the children looked after at each month end: one row per child and period end.
with children as (
    select
        *,
        greatest(agreed_on, pathway_agreed_on) as plan_on,
        {{ plus_months('greatest(agreed_on, pathway_agreed_on)', parameter('care_plan_months')) }} as due_on,
        coalesce(has_begun or has_begun_pathway, false) as has_a_plan
    from {{ ref('care_plans_at_month_end') }}
)

select
    period_end,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    care_started_on as started_on,
    plan_on as done_on,
    due_on,
    because as because_of_child,
    coalesce(
        because,
        case
            when plan_on is not null then null
            when working_days_in_care <= {{ parameter('care_plan_working_days') }}
                then 'excluded: the care plan is not yet due'
            else 'missing: care plan'
        end
    ) as because,

    -- measures
    case
        when because is not null then null
        when plan_on is not null then due_on >= period_end
        when working_days_in_care > {{ parameter('care_plan_working_days') }} then false
    end as has_an_up_to_date_plan,
    case when because is null and not has_a_plan then true end as has_no_plan,
    case
        when because is null and not has_a_plan and working_days_in_care > {{ parameter('care_plan_working_days') }}
            then true
    end as has_no_plan_after_10_working_days

from children
