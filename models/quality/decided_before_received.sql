-- Decisions dated before the referral, where the decision does not say when it was received (1): one row per decision. Where
-- it does, landing finds it.
select
    {{ finding('decided_before_received', 'local_referral_decisions', 'decision_at', of='decisions') }}

from {{ ref('stg_referrals__decisions') }} as decisions
inner join {{ ref('stg_referrals__referrals') }} as referrals on decisions.referral_id = referrals.referral_id
where decisions.received_at is null and decisions.decided_on < referrals.referred_on
