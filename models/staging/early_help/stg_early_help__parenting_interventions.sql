-- Parenting interventions as extracted: one row per row of local_parenting_interventions.
select
    parenting_intervention_id,
    parenting_intervention_id_rank,
    person_id,
    start_date as started_on,
    end_date as ended_on,
    end_reason

from {{ source('early_help', 'local_parenting_interventions') }}
