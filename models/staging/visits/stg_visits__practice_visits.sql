-- Practice visits as extracted: one row per row of local_practice_visits.
select
    visit_id,
    visit_id_rank,
    person_id,
    visit_at as visited_at,
    cast(visit_at as date) as visited_on,
    purpose,
    assessment_id,
    s47_enquiry_id,
    child_seen,
    seen_alone,
    worker_id

from {{ source('visits', 'local_practice_visits') }}
