-- Reviews as extracted: one row per cp review id.
select
    cppr_cp_review_id as review_id,
    cppr_cp_review_id_rank as review_id_rank,
    cppr_person_id as person_id,
    cppr_cp_plan_id as cp_plan_id,
    cast(cppr_cp_review_due as date) as due_on,
    cppr_cp_review_date as held_at,
    cast(cppr_cp_review_date as date) as held_on,
    cppr_cp_review_meeting_id as meeting_id,
    cppr_cp_review_outcome_continue_cp as continues_plan,
    cppr_cp_review_quorate as was_quorate,
    cppr_cp_review_participation as participation_code,
    source_file,
    source_line

from {{ source('child_protection', 'ssd_cp_reviews') }}
