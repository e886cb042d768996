-- Referrals with when they were received and first decided on: one row per referral as recorded.
select
    referrals.referral_id,
    referrals.referral_id_rank,
    referrals.person_id,
    referrals.team_id,
    referrals.source_code,
    referrals.is_no_further_action,
    referrals.close_reason,
    coalesce(decisions.received_at, referrals.referred_at) as received_at,
    cast(coalesce(decisions.received_at, referrals.referred_at) as date) as received_on,
    decisions.decided_at,
    decisions.decided_on

from {{ ref('stg_referrals__referrals') }} as referrals
left join {{ ref('stg_referrals__decisions') }} as decisions using (referral_id)
