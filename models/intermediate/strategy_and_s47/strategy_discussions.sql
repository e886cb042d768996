-- Strategy discussions that were held, with who took part and whether an enquiry followed:
-- one row per child's discussion.
with enquiries_around as (
    select
        discussions.strategy_discussion_id,
        bool_or(
            enquiries.started_on < discussions.held_on
            and coalesce(enquiries.ended_on, {{ forever() }}) > discussions.held_on
        ) as is_during_an_enquiry,
        bool_or(enquiries.s47_enquiry_id = discussions.s47_enquiry_id) as is_linked_to_an_enquiry,
        bool_or(
            enquiries.started_on >= discussions.held_on
            and {{ by_the_next_working_day('start_days', 'held_days') }}
        ) as is_followed_by_an_enquiry
    from {{ ref('stg_s47__strategy_discussions') }} as discussions
    inner join {{ ref('calendar') }} as held_days on discussions.held_on = held_days.day
    inner join {{ ref('stg_s47__enquiries') }} as enquiries on discussions.person_id = enquiries.person_id
    left join {{ ref('calendar') }} as start_days on enquiries.started_on = start_days.day
    group by discussions.strategy_discussion_id
)

select
    discussions.strategy_discussion_id,
    discussions.person_id,
    discussions.held_on,
    discussions.outcome,
    attendance.strategy_discussion_id is not null as has_attendance,
    coalesce(attendance.police_were_involved, false) as police_were_involved,
    coalesce(attendance.health_was_involved, false) as health_was_involved,
    coalesce(attendance.school_was_involved, false) as school_was_involved,
    discussions.held_on between {{ school_age_from('child.born_on', parameter('include_reception')) }}
    and {{ school_age_until('child.born_on') }} as is_of_school_age,
    {{ is_unborn('child', 'discussions.held_on') }} as is_unborn,
    coalesce(discussions.outcome = 'S47', false)
    or coalesce(around.is_linked_to_an_enquiry, false)
    or coalesce(around.is_followed_by_an_enquiry, false) as led_to_an_enquiry,
    case
        when discussions.person_id is null then 'unknown: child'
        when discussions.is_other_authority_led then 'excluded: led by another authority'
        when discussions.outcome = 'S47_CONTINUES' or around.is_during_an_enquiry
            then 'excluded: review during an enquiry'
    end as because,
    {{ child_breakdowns(
        'child',
        'discussions.held_on',
        team='discussions.team_id',
        service_area='teams.service_area'
    ) }}

from {{ ref('stg_s47__strategy_discussions') }} as discussions
left join enquiries_around as around on discussions.strategy_discussion_id = around.strategy_discussion_id
left join {{ ref('strategy_attendance') }} as attendance
    on discussions.strategy_discussion_id = attendance.strategy_discussion_id
left join {{ ref('child_timeline') }} as child
    on discussions.person_id = child.person_id
    and discussions.held_on >= child.from_on
    and discussions.held_on < child.until_on
left join {{ ref('team_timeline') }} as teams
    on discussions.team_id = teams.team_id
    and discussions.held_on >= teams.from_on
    and discussions.held_on < teams.until_on
where discussions.held_on is not null and coalesce(discussions.status, 'HELD') <> 'CANCELLED'
