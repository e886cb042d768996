-- Permanence decisions as extracted: one row per row of local_permanence_decisions.
select
    permanence_decision_id,
    permanence_decision_id_rank,
    person_id,
    decision_date as decided_on,
    route,
    placement_id

from {{ source('looked_after', 'local_permanence_decisions') }}
