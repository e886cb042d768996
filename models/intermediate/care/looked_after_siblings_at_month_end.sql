-- Brothers and sisters who are both looked after at a month end, each way: one row per child, sibling and
-- period end. Same placement: the same carer where both are known, else the same provider and postcode; null
-- when that cannot be told.
with siblings as (
    select person_id, related_person_id as sibling_id
    from {{ ref('stg_people__relationships') }}
    where relationship in ('SIBLING', 'HALF_SIBLING', 'STEP_SIBLING', 'ADOPTIVE_SIBLING')
    union
    select related_person_id as person_id, person_id as sibling_id
    from {{ ref('stg_people__relationships') }}
    where relationship in ('SIBLING', 'HALF_SIBLING', 'STEP_SIBLING', 'ADOPTIVE_SIBLING')
),

placed as (
    select
        looked_after.period_end,
        looked_after.person_id,
        looked_after.because,
        placements.carer_id,
        placements.provider_urn,
        placements.postcode_hash
    from {{ ref('looked_after_at_month_end') }} as looked_after
    left join {{ ref('placement_timeline') }} as placements
        on looked_after.person_id = placements.person_id
        and looked_after.period_end >= placements.from_on
        and looked_after.period_end < placements.until_on
)

select
    child.period_end,
    child.person_id,
    sibling.person_id as sibling_id,
    case
        when child.carer_id is not null and sibling.carer_id is not null
            then child.carer_id = sibling.carer_id
        else child.provider_urn = sibling.provider_urn and child.postcode_hash = sibling.postcode_hash
    end as is_same_placement

from siblings
inner join placed as child using (person_id)
inner join placed as sibling
    on siblings.sibling_id = sibling.person_id and child.period_end = sibling.period_end
where child.person_id <> sibling.person_id and sibling.because is null
