-- Initial conferences held, with the strategy discussion that started the clock and whether a plan was made:
-- one row per child and day, transfer-in conferences apart, or per conference without a child.
with held as (
    select *
    from {{ ref('stg_child_protection__initial_conferences') }}
    where held_on is not null
    qualify row_number() over (
        partition by coalesce(person_id, initial_conference_id), coalesce(is_transfer_in, false), held_on
        order by held_at, initial_conference_id_rank
    ) = 1
),

plans_made as (
    select distinct held.initial_conference_id
    from held
    inner join {{ ref('cp_plans') }} as plans
        on held.person_id = plans.person_id and held.held_on <= plans.started_on
    inner join {{ ref('calendar') }} as held_day on held.held_on = held_day.day
    inner join {{ ref('calendar') }} as start_day on plans.started_on = start_day.day
    where {{ by_the_next_working_day('start_day', 'held_day') }}
)

select
    held.initial_conference_id,
    held.person_id,
    coalesce(held.is_transfer_in, false) as is_transfer_in,
    held.held_on,
    enquiries.started_on as strategy_on,
    due_day.day as due_on,
    held_day.working_day_number - strategy_day.working_day_number as working_days_taken,
    case
        when held.led_to_plan is not null then held.led_to_plan
        when {{ has_any('held.outcomes') }} then {{ has_code('held.outcomes', 'CP') }}
        when plans_made.initial_conference_id is not null then true
    end as led_to_plan,
    participation.participation_code,
    case when child.born_on <= held.held_on then {{ age('child.born_on', 'held.held_on') }} end as age,
    child.born_on is null and child.expected_on is null as is_age_unknown,
    case
        when held.person_id is null then 'unknown: child'
        when held.is_transfer_in then 'excluded: transfer-in conference'
    end as because,
    {{ child_breakdowns(
        'child',
        'held.held_on',
        team='coalesce(child.allocated_team, held.team_id, child.referral_team)',
        service_area='teams.service_area'
    ) }}

from held
left join {{ ref('stg_s47__enquiries') }} as enquiries using (s47_enquiry_id)
left join plans_made using (initial_conference_id)
left join {{ ref('calendar') }} as held_day on held.held_on = held_day.day
left join {{ ref('calendar') }} as strategy_day on enquiries.started_on = strategy_day.day
left join {{ ref('calendar') }} as due_day
    on strategy_day.working_day_number + {{ parameter('icpc_working_days') }} = due_day.working_day_number
    and due_day.is_working_day
left join {{ ref('conference_participation') }} as participation
    on participation.conference_type = 'INITIAL'
    and held.initial_conference_id = participation.conference_id
    and held.person_id = participation.person_id
left join {{ ref('child_timeline') }} as child
    on held.person_id = child.person_id and held.held_on >= child.from_on and held.held_on < child.until_on
left join {{ ref('team_timeline') }} as teams
    on coalesce(child.allocated_team, held.team_id, child.referral_team) = teams.team_id
    and held.held_on >= teams.from_on
    and held.held_on < teams.until_on
