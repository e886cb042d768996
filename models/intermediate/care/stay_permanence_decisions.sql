-- Permanence decisions with the stay whose placement they match (34, 41): one row per decision on a counted
-- placement.
select
    decisions.permanence_decision_id,
    placements.person_id,
    placements.stay_number,
    decisions.decided_on,
    decisions.route

from {{ ref('stg_looked_after__permanence_decisions') }} as decisions
inner join {{ ref('placements_in_stays') }} as placements using (placement_id)
where decisions.decided_on is not null
