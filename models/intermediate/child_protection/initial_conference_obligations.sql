-- Section 47 enquiries that ended with a conference to be held (26): one row per enquiry.
-- Stood down ones (no further action) are left out, and so are those that ended before they started.
with due_days as (
    select
        start_days.day as started_on,
        min(due_days.day) as due_on
    from {{ ref('calendar') }} as start_days
    inner join {{ ref('calendar') }} as due_days
        on start_days.working_day_number + {{ parameter('icpc_working_days') }} = due_days.working_day_number
    group by start_days.day
),

held as (
    select
        s47_enquiry_id,
        min(held_on) as held_on
    from {{ ref('stg_child_protection__initial_conferences') }}
    where not coalesce(is_transfer_in, false)
    group by s47_enquiry_id
),

discussions as (
    select
        s47_enquiry_id,
        group_id
    from {{ ref('stg_s47__strategy_discussions') }}
    where s47_enquiry_id is not null and group_id is not null
    qualify row_number() over (
        partition by s47_enquiry_id
        order by held_at asc nulls last, strategy_discussion_id_rank asc
    ) = 1
)

select
    enquiries.s47_enquiry_id,
    enquiries.s47_enquiry_id_rank,
    enquiries.person_id,
    enquiries.team_id,
    enquiries.started_on as strategy_on,
    enquiries.ended_on as outstanding_from,
    due_days.due_on,
    held.held_on,
    coalesce('discussion ' || discussions.group_id, 'enquiry ' || enquiries.s47_enquiry_id) as meeting

from {{ ref('stg_s47__enquiries') }} as enquiries
left join due_days using (started_on)
left join held using (s47_enquiry_id)
left join discussions using (s47_enquiry_id)
where
    enquiries.ended_on is not null
    and {{ has_code('enquiries.outcomes', 'CP_CONFERENCE') }}
    and not coalesce(enquiries.is_no_further_action, false)
    and (enquiries.started_on is null or enquiries.ended_on >= enquiries.started_on)
