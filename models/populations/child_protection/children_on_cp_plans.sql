-- Children with a child protection plan at each month end: one row per child and period end.
select
    period_end,
    coalesce(person_id, 'plan ' || first_cp_plan_id) as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    started_on,
    because,

    -- measures
    case when because is null then true end as is_on_plan,
    case
        when because is null
            then {{ days_between('started_on', 'period_end') }} + 1 >= {{ parameter('long_cp_plan_days') }}
    end as is_on_plan_for_two_years

from {{ ref('cp_plans_at_month_end') }}
