-- Visits as extracted: one row per cin visit id.
select
    cinv_cin_visit_id as visit_id,
    cinv_cin_visit_id_rank as visit_id_rank,
    cinv_person_id as person_id,
    cinv_cin_visit_date as visited_at,
    cast(cinv_cin_visit_date as date) as visited_on,
    cinv_cin_visit_seen as child_seen,
    cinv_cin_visit_seen_alone as seen_alone,
    cinv_cin_visit_bedroom as bedroom_seen,
    cinv_cin_plan_id as cin_plan_id

from {{ source('child_in_need', 'ssd_cin_visits') }}
