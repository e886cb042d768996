-- Enquiries as extracted: one row per s47 enquiry id.
select
    s47e_s47_enquiry_id as s47_enquiry_id,
    s47e_s47_enquiry_id_rank as s47_enquiry_id_rank,
    s47e_referral_id as referral_id,
    s47e_person_id as person_id,
    s47e_s47_start_date as started_at,
    cast(s47e_s47_start_date as date) as started_on,
    cast(s47e_s47_end_date as date) as ended_on,
    s47e_s47_nfa as is_no_further_action,
    s47e_s47_outcome_json as outcomes,
    s47e_s47_completed_by_worker_id as worker_id,
    s47e_s47_completed_by_team as team_id,
    source_file,
    source_line

from {{ source('s47', 'ssd_s47_enquiry') }}
