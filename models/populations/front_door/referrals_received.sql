-- Referrals, counted on the day they were received: one row per child and day, or per referral without
-- a child.
with judged as (
    select
        referrals.referral_id,
        coalesce(
            referrals.because,
            case
                when referrals.decided_on < referrals.received_on
                    then 'unknown: decided before it was received'
                when referrals.decided_on is null and referrals.due_on > run.as_at
                    then 'excluded: undecided, with time left'
                when referrals.decided_on is null then 'missing: decision'
            end
        ) as because_of_decision
    from {{ ref('referrals') }} as referrals
    cross join {{ ref('stg_landing__run') }} as run
)

select
    referrals.referral_id as case_id,
    referrals.person_id,
    referrals.received_on as counted_on,
    {{ breakdowns('referrals') }},
    referrals.referral_source,

    -- evidence
    referrals.due_on,
    referrals.decided_on as done_on,
    referrals.previous_received_on as previous_on,
    referrals.because,
    judged.because_of_decision,
    coalesce(
        referrals.because,
        case when referrals.is_no_further_action is null then 'missing: mark of no further action' end
    ) as because_of_mark,

    -- measures
    case
        when judged.because_of_decision is null or judged.because_of_decision like 'missing:%'
            then coalesce(
                case '{{ parameter('referral_decision_basis') }}'
                    when 'elapsed_hours' then referrals.was_decided_within_24_hours
                    else referrals.working_days_to_decision <= {{ parameter('referral_decision_working_days') }}
                end,
                false
            )
    end as was_decided_in_time,
    case
        when judged.because_of_decision is null or judged.because_of_decision like 'missing:%'
            then coalesce(referrals.was_decided_within_24_hours, false)
    end as was_decided_within_24_hours,
    case
        when referrals.because is null
            then coalesce(
                referrals.previous_received_on >= {{ plus_months('referrals.received_on', -12) }},
                false
            )
    end as was_referred_before,
    case when referrals.because is null then true end as was_received,
    case
        when referrals.because is null then coalesce(referrals.is_no_further_action, false)
    end as led_to_no_further_action

from {{ ref('referrals') }} as referrals
inner join judged on referrals.referral_id = judged.referral_id
