-- Section 47 enquiries open at each month end (C7), under the team that holds the case then:
-- one row per enquiry and period end.
select
    month_ends.period_end,
    enquiries.s47_enquiry_id,
    enquiries.s47_enquiry_id_rank,
    enquiries.person_id,
    enquiries.started_on,
    case when enquiries.person_id is null then 'unknown: child' end as because,
    {{ child_breakdowns(
        'child',
        'month_ends.period_end',
        team='coalesce(child.allocated_team, enquiries.team_id, child.referral_team)',
        service_area='teams.service_area'
    ) }}

from {{ ref('stg_s47__enquiries') }} as enquiries
inner join {{ ref('month_ends') }} as month_ends
    on enquiries.started_on <= month_ends.period_end
    and coalesce(enquiries.ended_on, {{ forever() }}) > month_ends.period_end
left join {{ ref('child_timeline') }} as child
    on enquiries.person_id = child.person_id
    and month_ends.period_end >= child.from_on
    and month_ends.period_end < child.until_on
left join {{ ref('team_timeline') }} as teams
    on coalesce(child.allocated_team, enquiries.team_id, child.referral_team) = teams.team_id
    and month_ends.period_end >= teams.from_on
    and month_ends.period_end < teams.until_on
