-- Permanence decisions with the stay whose placement they match (34, 41): one row per decision on a counted
-- placement. Days away from the carer, in hospital or on holiday, are no home to be matched with.
select
    decisions.permanence_decision_id,
    placements.person_id,
    placements.stay_number,
    decisions.decided_on,
    decisions.route

from {{ ref('stg_looked_after__permanence_decisions') }} as decisions
inner join {{ ref('placements_in_stays') }} as placements using (placement_id)
where decisions.decided_on is not null and not placements.is_away_from_carer
