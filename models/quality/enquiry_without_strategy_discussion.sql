-- Enquiries that no strategy discussion names, and before which none of the child was held, that day or the working day before
-- (21): one row per enquiry. Those that began before the first discussion on record are left out.
with explained as (
    select s47_enquiry_id
    from {{ ref('stg_s47__strategy_discussions') }}
    union
    select enquiries.s47_enquiry_id
    from {{ ref('stg_s47__enquiries') }} as enquiries
    inner join {{ ref('stg_s47__strategy_discussions') }} as discussions
        on enquiries.person_id = discussions.person_id and enquiries.started_on >= discussions.held_on
    inner join {{ ref('calendar') }} as held_day on discussions.held_on = held_day.day
    inner join {{ ref('calendar') }} as start_day on enquiries.started_on = start_day.day
    where {{ by_the_next_working_day('start_day', 'held_day') }}
)

select
    {{ finding('enquiry_without_strategy_discussion', 'ssd_s47_enquiry', 's47e_s47_start_date', of='enquiries') }}

from {{ ref('stg_s47__enquiries') }} as enquiries
left join explained on enquiries.s47_enquiry_id = explained.s47_enquiry_id
where
    explained.s47_enquiry_id is null
    and enquiries.started_on >= (select min(held_on) from {{ ref('stg_s47__strategy_discussions') }})
