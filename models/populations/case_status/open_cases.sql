-- Children and young people open to social care at each month end, each under one status: one row per person
-- and period end.
select
    month_ends.period_end,
    statuses.person_id as case_id,
    statuses.person_id,
    {{ child_breakdowns('child', 'month_ends.period_end') }},

    -- evidence
    statuses.case_status,
    cast(null as varchar) as because,

    -- measures
    true as is_open

from {{ ref('case_status_timeline') }} as statuses
inner join {{ ref('month_ends') }} as month_ends
    on statuses.from_on <= month_ends.period_end and statuses.until_on > month_ends.period_end
left join {{ ref('child_timeline') }} as child
    on statuses.person_id = child.person_id
    and month_ends.period_end >= child.from_on
    and month_ends.period_end < child.until_on
