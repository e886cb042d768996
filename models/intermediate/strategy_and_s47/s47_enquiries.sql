-- Section 47 enquiries with the 72 hours in which the child is to be seen, and what came of them:
-- one row per enquiry.
with visited_in_time as (
    select distinct enquiries.s47_enquiry_id
    from {{ ref('stg_s47__enquiries') }} as enquiries
    inner join {{ ref('visits') }} as visits
        on enquiries.person_id = visits.person_id and enquiries.started_on <= visits.visited_on
    where {{ hours_within('enquiries.started_at', 'visits.visited_at', parameter('s47_visit_hours')) }}
),

for_another_authority as (
    select distinct s47_enquiry_id
    from {{ ref('stg_s47__strategy_discussions') }}
    where is_other_authority_led
),

with_conference as (
    select distinct s47_enquiry_id
    from {{ ref('stg_child_protection__initial_conferences') }}
    where held_on is not null and not coalesce(is_transfer_in, false)
),

already_on_plan as (
    select distinct enquiries.s47_enquiry_id
    from {{ ref('stg_s47__enquiries') }} as enquiries
    inner join {{ ref('stg_child_protection__plans') }} as plans
        on enquiries.person_id = plans.person_id
        and enquiries.started_on >= plans.started_on
        and enquiries.started_on < coalesce(plans.ended_on, {{ forever() }})
)

select
    enquiries.s47_enquiry_id,
    enquiries.person_id,
    enquiries.team_id,
    enquiries.started_on,
    {{ clock_ends_on('enquiries.started_at', parameter('s47_visit_hours')) }} as visit_due_on,
    visited_in_time.s47_enquiry_id is not null as was_visited_in_time,
    enquiries.ended_on,
    enquiries.outcomes,
    coalesce(enquiries.is_no_further_action, false) as is_marked_no_further_action,
    {{ has_any('enquiries.outcomes') }} or coalesce(enquiries.is_no_further_action, false) as has_outcome,
    {{ has_code('enquiries.outcomes', 'CP_CONFERENCE') }}
    and not coalesce(enquiries.is_no_further_action, false) as calls_for_conference,
    with_conference.s47_enquiry_id is not null as has_conference,
    already_on_plan.s47_enquiry_id is not null as is_already_on_plan,
    for_another_authority.s47_enquiry_id is not null as is_for_another_authority,
    case when enquiries.person_id is null then 'unknown: child' end as because

from {{ ref('stg_s47__enquiries') }} as enquiries
left join visited_in_time on enquiries.s47_enquiry_id = visited_in_time.s47_enquiry_id
left join for_another_authority on enquiries.s47_enquiry_id = for_another_authority.s47_enquiry_id
left join with_conference on enquiries.s47_enquiry_id = with_conference.s47_enquiry_id
left join already_on_plan on enquiries.s47_enquiry_id = already_on_plan.s47_enquiry_id
