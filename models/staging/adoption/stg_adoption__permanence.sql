-- Permanence as extracted: one row per row of ssd_permanence.
select
    perm_table_id as permanence_id,
    perm_table_id_rank as permanence_id_rank,
    perm_person_id as person_id,
    perm_cla_id as cla_id,
    cast(perm_adm_decision_date as date) as adoption_decided_on,
    cast(perm_ffa_cp_decision_date as date) as ffa_cp_decided_on,
    cast(perm_placement_order_date as date) as placement_ordered_on,
    cast(perm_placed_for_adoption_date as date) as placed_for_adoption_on,
    cast(perm_matched_date as date) as matched_on,
    perm_adopted_by_carer_flag as was_adopted_by_carer,
    cast(perm_placed_ffa_cp_date as date) as placed_ffa_cp_on,
    cast(perm_decision_reversed_date as date) as decision_reversed_on,
    cast(perm_placed_foster_carer_date as date) as placed_with_foster_carer_on,
    perm_part_of_sibling_group as part_of_sibling_group,
    perm_siblings_placed_together as siblings_placed_together,
    perm_siblings_placed_apart as siblings_placed_apart,
    perm_placement_provider_urn as provider_urn,
    perm_decision_reversed_reason as decision_reversed_reason,
    cast(perm_permanence_order_date as date) as ordered_on,
    perm_permanence_order_type as order_type,
    perm_adoption_worker_id as worker_id,
    perm_adopter_sex as adopter_sex,
    perm_adopter_legal_status as adopter_legal_status,
    perm_number_of_adopters as number_of_adopters

from {{ source('adoption', 'ssd_permanence') }}
