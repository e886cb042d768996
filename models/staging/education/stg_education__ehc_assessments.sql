-- Ehc assessments as extracted: one row per row of local_ehc_assessments.
select
    ehc_assessment_id,
    ehc_assessment_id_rank,
    person_id,
    request_received_date as requested_on,
    request_decision,
    assessment_outcome,
    exception as has_exception,
    final_plan_date as final_plan_on,
    transferred_in as was_transferred_in

from {{ source('education', 'local_ehc_assessments') }}
