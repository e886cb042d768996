-- Decisions as extracted: one row per the referral decided (ssd_cin_episodes.cine_referral_id).
select
    referral_id,
    referral_id_rank,
    received_at,
    cast(received_at as date) as received_on,
    decision_at as decided_at,
    cast(decision_at as date) as decided_on,
    decision,
    source_service,
    source_file,
    source_line

from {{ source('referrals', 'local_referral_decisions') }}
