-- Pathway plans as extracted: one row per plan.
select
    pathway_plan_id,
    pathway_plan_id_rank,
    person_id,
    started_date as started_on,
    authorised_date as authorised_on,
    closed_date as closed_on

from {{ source('care_leavers', 'local_pathway_plans') }}
