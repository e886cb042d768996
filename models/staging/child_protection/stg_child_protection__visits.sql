-- Visits as extracted: one row per cp visit id.
select
    cppv_cp_visit_id as visit_id,
    cppv_cp_visit_id_rank as visit_id_rank,
    cppv_person_id as person_id,
    cppv_cp_plan_id as cp_plan_id,
    cppv_cp_visit_date as visited_at,
    cast(cppv_cp_visit_date as date) as visited_on,
    cppv_cp_visit_seen as child_seen,
    cppv_cp_visit_seen_alone as seen_alone,
    cppv_cp_visit_bedroom as bedroom_seen

from {{ source('child_protection', 'ssd_cp_visits') }}
