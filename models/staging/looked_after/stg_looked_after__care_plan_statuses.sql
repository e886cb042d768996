-- Care plan statuses as extracted: one row per row of local_care_plan_status.
select
    care_plan_id,
    care_plan_id_rank,
    person_id,
    cla_id,
    status,
    started_date as started_on,
    authorised_date as authorised_on,
    reviewed_date as reviewed_on,
    end_date as ended_on

from {{ source('looked_after', 'local_care_plan_status') }}
