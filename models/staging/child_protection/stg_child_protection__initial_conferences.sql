-- Initial conferences as extracted: one row per icpc id.
select
    icpc_icpc_id as initial_conference_id,
    icpc_icpc_id_rank as initial_conference_id_rank,
    icpc_icpc_meeting_id as meeting_id,
    icpc_s47_enquiry_id as s47_enquiry_id,
    icpc_person_id as person_id,
    icpc_cp_plan_id as cp_plan_id,
    icpc_referral_id as referral_id,
    icpc_icpc_transfer_in as is_transfer_in,
    cast(icpc_icpc_target_date as date) as target_on,
    icpc_icpc_date as held_at,
    cast(icpc_icpc_date as date) as held_on,
    icpc_icpc_outcome_cp_flag as led_to_plan,
    icpc_icpc_outcome_json as outcomes,
    icpc_icpc_team as team_id,
    icpc_icpc_worker_id as worker_id,
    source_file,
    source_line

from {{ source('child_protection', 'ssd_initial_cp_conference') }}
