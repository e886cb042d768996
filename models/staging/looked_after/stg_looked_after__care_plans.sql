-- Care plans as extracted: one row per row of ssd_cla_care_plan.
select
    lacp_table_id as care_plan_id,
    lacp_table_id_rank as care_plan_id_rank,
    lacp_person_id as person_id,
    cast(lacp_cla_care_plan_start_date as date) as started_on,
    cast(lacp_cla_care_plan_end_date as date) as ended_on,
    lacp_cla_care_plan_json as permanence_plans

from {{ source('looked_after', 'ssd_cla_care_plan') }}
