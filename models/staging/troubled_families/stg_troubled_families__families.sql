-- Families as extracted: one row per family.
select
    family_id,
    family_id_rank,
    programme_start_date as programme_started_on,
    programme_end_date as programme_ended_on,
    criteria_met,
    whole_family_plan_date as whole_family_plan_on,
    lead_worker_id

from {{ source('troubled_families', 'local_families') }}
