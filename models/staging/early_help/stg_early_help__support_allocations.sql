-- Support allocations as extracted: one row per row of local_support_allocations.
select
    support_allocation_id,
    support_allocation_id_rank,
    worker_id,
    team_id,
    person_id,
    family_id,
    support_assessment_id,
    role,
    start_date as started_on,
    end_date as ended_on

from {{ source('early_help', 'local_support_allocations') }}
