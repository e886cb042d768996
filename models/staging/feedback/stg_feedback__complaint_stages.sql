-- Complaint stages as extracted: one row per row of local_complaints.
select
    complaint_stage_id,
    complaint_stage_id_rank,
    complaint_id,
    stage,
    procedure,
    received_date as received_on,
    clock_start_date as clock_started_on,
    complainant_type,
    complainant_person_id,
    child_person_id,
    via_advocate as was_via_advocate,
    team_id,
    response_date as responded_on,
    closed_date as closed_on,
    outcome,
    straight_to_stage_2 as went_straight_to_stage_2,
    learning_identified,
    learning_disseminated_date as learning_disseminated_on

from {{ source('feedback', 'local_complaints') }}
