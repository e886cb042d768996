-- Section 47 enquiries open at each month end: one row per enquiry and period end.
with open_enquiries as (
    select
        month_ends.period_end,
        enquiries.s47_enquiry_id,
        enquiries.person_id,
        enquiries.team_id,
        enquiries.started_on,
        enquiries.visit_due_on,
        enquiries.was_visited_in_time,
        case
            when enquiries.because is not null then enquiries.because
            when enquiries.is_for_another_authority then 'excluded: held for another authority'
            when enquiries.visit_due_on > month_ends.period_end then 'excluded: time for the visit has not run out'
            when {{ is_unborn('persons', 'month_ends.period_end') }} and not enquiries.was_visited_in_time
                then 'excluded: unborn'
        end as because
    from {{ ref('s47_enquiries') }} as enquiries
    inner join {{ ref('month_ends') }} as month_ends
        on enquiries.started_on <= month_ends.period_end
        and coalesce(enquiries.ended_on, {{ forever() }}) > month_ends.period_end
    left join {{ ref('persons') }} as persons on enquiries.person_id = persons.person_id
)

select
    enquiries.period_end,
    enquiries.s47_enquiry_id as case_id,
    enquiries.person_id,
    {{ child_breakdowns(
        'child',
        'enquiries.period_end',
        team='coalesce(child.allocated_team, enquiries.team_id, child.referral_team)',
        service_area='teams.service_area'
    ) }},

    -- evidence
    enquiries.started_on,
    enquiries.visit_due_on as due_on,
    enquiries.because,

    -- measures
    case when enquiries.because is null then not enquiries.was_visited_in_time end as is_without_a_visit_in_time

from open_enquiries as enquiries
left join {{ ref('child_timeline') }} as child
    on enquiries.person_id = child.person_id
    and enquiries.period_end >= child.from_on
    and enquiries.period_end < child.until_on
left join {{ ref('team_timeline') }} as teams
    on coalesce(child.allocated_team, enquiries.team_id, child.referral_team) = teams.team_id
    and enquiries.period_end >= teams.from_on
    and enquiries.period_end < teams.until_on
