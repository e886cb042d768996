-- Employments as extracted: one row per row of local_employment.
select
    employment_id,
    employment_id_rank,
    worker_id,
    team_id,
    role,
    qualified_social_worker as is_qualified_social_worker,
    employment_type,
    fte,
    start_date as started_on,
    end_date as ended_on,
    leave_reason

from {{ source('workforce', 'local_employment') }}
