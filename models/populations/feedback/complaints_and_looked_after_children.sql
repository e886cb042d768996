-- Complaints that looked after children made in each period, beside the children looked after at its end:
-- one row per period type, period end and complaint or child.
select
    periods.period_type,
    periods.period_end,
    complaints.complaint_id as case_id,
    complaints.person_id,
    {{ breakdowns('complaints') }},

    -- evidence
    complaints.raised_on as started_on,
    complaints.because_of_person as because,

    -- measures
    case when complaints.because_of_person is null then 1 end as complaints,
    0 as looked_after_children

from {{ ref('complaints') }} as complaints
inner join {{ ref('periods') }} as periods
    on complaints.raised_on >= periods.period_start and complaints.raised_on <= periods.period_end
where
    complaints.complainant_type = 'CHILD'
    and (complaints.is_looked_after or complaints.because_of_person is not null)

union all

select
    periods.period_type,
    periods.period_end,
    {{ case_of('children.person_id', 'children.care_period_id') }} as case_id,
    children.person_id,
    {{ breakdowns('children') }},
    children.care_started_on as started_on,
    children.because,
    case when children.because is null then 0 end as complaints,
    case when children.because is null then 1 end as looked_after_children

from {{ ref('looked_after_at_month_end') }} as children
inner join {{ ref('periods') }} as periods on children.period_end = periods.period_end
