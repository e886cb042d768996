-- Requests for an education, health and care plan, of children known to social care, without a plan at each month end:
-- one row per request and period end.
select
    month_ends.period_end,
    requests.ehc_assessment_id as case_id,
    requests.person_id,
    {{ child_breakdowns('child', 'month_ends.period_end') }},

    -- evidence
    requests.requested_on as started_on,
    requests.requested_on + {{ parameter('ehcp_statutory_days') }} as due_on,
    case when requests.person_id is null then 'unknown: child' end as because,

    -- measures
    case
        when requests.person_id is not null
            then {{ days_between('requests.requested_on', 'month_ends.period_end') }}
                > {{ parameter('ehcp_statutory_days') }}
    end as is_overdue

from {{ ref('ehc_requests') }} as requests
inner join {{ ref('month_ends') }} as month_ends
    on requests.requested_on <= month_ends.period_end
    and coalesce(requests.final_plan_on, {{ forever() }}) > month_ends.period_end
left join {{ ref('child_timeline') }} as child
    on requests.person_id = child.person_id
    and month_ends.period_end >= child.from_on
    and month_ends.period_end < child.until_on
where (requests.person_id is null or requests.was_open_at_request) and not requests.will_not_lead_to_a_plan
