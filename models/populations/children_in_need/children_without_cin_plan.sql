-- Children in an open period of need at each month end who should have a child in need plan: one row per
-- child and period end.
select
    period_end,
    person_id as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    authorised_on as previous_on,
    because,

    -- measures
    case when because is null then not has_plan_begun end as has_no_plan,
    case
        when because is null
            then not has_plan_begun and working_days_since > {{ parameter('cin_new_plan_working_days') }}
    end as has_no_plan_after_grace

from {{ ref('children_needing_a_plan') }}
