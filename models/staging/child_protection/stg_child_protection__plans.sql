-- Plans as extracted: one row per cp plan id.
select
    cppl_cp_plan_id as cp_plan_id,
    cppl_cp_plan_id_rank as cp_plan_id_rank,
    cppl_referral_id as referral_id,
    cppl_icpc_id as icpc_id,
    cppl_person_id as person_id,
    cast(cppl_cp_plan_start_date as date) as started_on,
    cast(cppl_cp_plan_end_date as date) as ended_on,
    cppl_cp_plan_initial_category as initial_category,
    cppl_cp_plan_ola as is_other_authority,
    cppl_cp_plan_latest_category as latest_category,
    source_file,
    source_line

from {{ source('child_protection', 'ssd_cp_plans') }}
