-- Visits as extracted: one row per cla visit id.
select
    clav_cla_visit_id as visit_id,
    clav_cla_visit_id_rank as visit_id_rank,
    clav_cla_id as cla_id,
    clav_person_id as person_id,
    clav_cla_visit_date as visited_at,
    cast(clav_cla_visit_date as date) as visited_on,
    clav_cla_visit_seen as child_seen,
    clav_cla_visit_seen_alone as seen_alone

from {{ source('looked_after', 'ssd_cla_visits') }}
