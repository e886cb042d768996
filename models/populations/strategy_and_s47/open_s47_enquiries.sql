-- Section 47 enquiries open at each month end: one row per enquiry and period end.
with enquiries as (
    select
        open_enquiries.period_end,
        open_enquiries.s47_enquiry_id,
        open_enquiries.person_id,
        {{ breakdowns('open_enquiries') }},
        open_enquiries.started_on,
        details.visit_due_on,
        details.was_visited_in_time,
        case
            when open_enquiries.because is not null then open_enquiries.because
            when details.is_for_another_authority then 'excluded: held for another authority'
            when details.visit_due_on > open_enquiries.period_end
                then 'excluded: time for the visit has not run out'
            when {{ is_unborn('persons', 'open_enquiries.period_end') }} and not details.was_visited_in_time
                then 'excluded: unborn'
        end as because
    from {{ ref('open_enquiries_at_month_end') }} as open_enquiries
    inner join {{ ref('s47_enquiries') }} as details on open_enquiries.s47_enquiry_id = details.s47_enquiry_id
    left join {{ ref('persons') }} as persons on open_enquiries.person_id = persons.person_id
)

select
    period_end,
    s47_enquiry_id as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    started_on,
    visit_due_on as due_on,
    because,

    -- measures
    case when because is null then not was_visited_in_time end as is_without_a_visit_in_time

from enquiries
