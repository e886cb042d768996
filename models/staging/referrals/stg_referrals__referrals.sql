-- Referrals as extracted: one row per referral id.
select
    cine_referral_id as referral_id,
    cine_referral_id_rank as referral_id_rank,
    cine_person_id as person_id,
    cine_referral_date as referred_at,
    cast(cine_referral_date as date) as referred_on,
    cine_cin_primary_need_code as primary_need,
    cine_referral_source_code as source_code,
    cine_referral_outcome_json as outcomes,
    cine_referral_nfa as is_no_further_action,
    cine_close_reason as close_reason,
    cast(cine_close_date as date) as closed_on,
    cine_referral_team as team_id,
    cine_referral_worker_id as worker_id,
    source_file,
    source_line

from {{ source('referrals', 'ssd_cin_episodes') }}
