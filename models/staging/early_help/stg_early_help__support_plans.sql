-- Support plans as extracted: one row per row of local_support_plans.
select
    support_plan_id,
    support_plan_id_rank,
    person_id,
    family_id,
    service_level,
    start_date as started_on,
    authorised_date as authorised_on,
    end_date as ended_on,
    status

from {{ source('early_help', 'local_support_plans') }}
