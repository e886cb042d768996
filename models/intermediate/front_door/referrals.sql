-- Referrals received, with the decision and the referral before: one row per child and day, or per referral
-- without a child. Of several on one day the first by time, then id, stands (C11).
with received as (
    select
        *,
        case when person_id is null then 'unknown: child' end as because
    from {{ ref('referral_rows') }}
    where received_on is not null
    qualify row_number() over (
        partition by coalesce(person_id, referral_id), received_on
        order by received_at, referral_id_rank
    ) = 1
),

due as (
    select
        received.referral_id,
        due_days.day as due_on
    from received
    inner join {{ ref('calendar') }} as received_days on received.received_on = received_days.day
    inner join {{ ref('calendar') }} as due_days
        on received_days.working_day_number + {{ parameter('referral_decision_working_days') }}
        = due_days.working_day_number
    where due_days.is_working_day
)

select
    received.referral_id,
    received.person_id,
    received.received_on,
    received.decided_on,
    case
        when '{{ parameter('referral_decision_basis') }}' = 'elapsed_hours'
            then {{ clock_ends_on('received.received_at', 24) }}
        else due.due_on
    end as due_on,
    decided_days.working_day_number - received_days.working_day_number as working_days_to_decision,
    {{ hours_within('received.received_at', 'received.decided_at', 24) }} as was_decided_within_24_hours,
    received.is_no_further_action,
    case
        when received.person_id is not null
            then lag(received.received_on) over (
                partition by received.person_id
                order by received.received_on
            )
    end as previous_received_on,
    received.because,
    coalesce(received.source_code, 'not recorded') as referral_source,
    {{ child_breakdowns(
        'child',
        'received.received_on',
        team='received.team_id',
        service_area='teams.service_area'
    ) }}

from received
left join due on received.referral_id = due.referral_id
left join {{ ref('calendar') }} as received_days on received.received_on = received_days.day
left join {{ ref('calendar') }} as decided_days on received.decided_on = decided_days.day
left join {{ ref('child_timeline') }} as child
    on received.person_id = child.person_id
    and received.received_on >= child.from_on
    and received.received_on < child.until_on
left join {{ ref('team_timeline') }} as teams
    on received.team_id = teams.team_id
    and received.received_on >= teams.from_on
    and received.received_on < teams.until_on
