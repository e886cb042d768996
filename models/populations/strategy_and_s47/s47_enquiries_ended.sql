-- Section 47 enquiries and what came of them, counted on the day they ended: one row per enquiry.
select
    enquiries.s47_enquiry_id as case_id,
    enquiries.person_id,
    enquiries.ended_on as counted_on,
    {{ child_breakdowns(
        'child',
        'enquiries.ended_on',
        team='coalesce(child.allocated_team, enquiries.team_id, child.referral_team)',
        service_area='teams.service_area'
    ) }},

    -- evidence
    enquiries.started_on,
    enquiries.ended_on,
    enquiries.because,
    coalesce(
        enquiries.because,
        case when not enquiries.has_outcome and not enquiries.has_conference then 'missing: outcome' end
    ) as because_of_conference,
    case
        when enquiries.because is not null then enquiries.because
        when enquiries.is_already_on_plan then 'excluded: already on a child protection plan'
        when not enquiries.has_outcome and not enquiries.has_conference then 'missing: outcome'
    end as because_of_plan,

    -- outcomes
    {{ has_code('enquiries.outcomes', 'NFA') }}
    or enquiries.is_marked_no_further_action as led_to_no_further_action,
    {{ has_code('enquiries.outcomes', 'LEGAL_ACTION') }} as led_to_legal_action,
    {{ has_code('enquiries.outcomes', 'PROV_OF_SERVICES') }} as led_to_services,
    {{ has_code('enquiries.outcomes', 'PROV_OF_SB_CARE') }} as led_to_short_break_care,
    enquiries.calls_for_conference,
    {{ has_code('enquiries.outcomes', 'NFA_CONTINUE_SINGLE') }} as led_to_continued_assessment,
    {{ has_code('enquiries.outcomes', 'MONITOR') }} as led_to_monitoring,
    {{ has_code('enquiries.outcomes', 'OTHER_OUTCOMES_EXIST') }} as led_to_other_outcomes,

    -- measures
    case when enquiries.because is null then true end as was_ended,
    case
        when enquiries.because is null then enquiries.calls_for_conference or enquiries.has_conference
    end as led_to_conference,
    case
        when enquiries.because is null and not enquiries.is_already_on_plan
            then enquiries.calls_for_conference or enquiries.has_conference
    end as led_to_conference_without_plan

from {{ ref('s47_enquiries') }} as enquiries
left join {{ ref('child_timeline') }} as child
    on enquiries.person_id = child.person_id
    and enquiries.ended_on >= child.from_on
    and enquiries.ended_on < child.until_on
left join {{ ref('team_timeline') }} as teams
    on coalesce(child.allocated_team, enquiries.team_id, child.referral_team) = teams.team_id
    and enquiries.ended_on >= teams.from_on
    and enquiries.ended_on < teams.until_on
where enquiries.ended_on is not null
