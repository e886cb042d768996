-- Section 47 enquiries, counted on the day they started: one row per enquiry.
select
    enquiries.s47_enquiry_id as case_id,
    enquiries.person_id,
    enquiries.started_on as counted_on,
    {{ child_breakdowns(
        'child',
        'enquiries.started_on',
        team='coalesce(child.allocated_team, enquiries.team_id, child.referral_team)',
        service_area='teams.service_area'
    ) }},

    -- evidence
    enquiries.started_on,
    enquiries.because,

    -- measures
    case when enquiries.because is null then true end as was_started

from {{ ref('s47_enquiries') }} as enquiries
left join {{ ref('child_timeline') }} as child
    on enquiries.person_id = child.person_id
    and enquiries.started_on >= child.from_on
    and enquiries.started_on < child.until_on
left join {{ ref('team_timeline') }} as teams
    on coalesce(child.allocated_team, enquiries.team_id, child.referral_team) = teams.team_id
    and enquiries.started_on >= teams.from_on
    and enquiries.started_on < teams.until_on
where enquiries.started_on is not null
