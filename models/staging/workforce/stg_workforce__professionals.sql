-- Professionals as extracted: one row per professional id.
select
    prof_professional_id as worker_id,
    prof_professional_id_rank as worker_id_rank,
    prof_professional_caseload as caseload,
    prof_professional_department as department,
    prof_full_time_equivalency as fte,
    prof_agency_worker_flag as is_agency_worker

from {{ source('workforce', 'ssd_professionals') }}
