-- Periods of care that ended in adoption, with the way to it: one row per period of care.
-- Of a child's placements for adoption the latest on or before the order counts.
with placed as (
    select
        ends.care_period_id,
        permanence.placed_for_adoption_on,
        case
            when permanence.was_adopted_by_carer
                and permanence.placed_with_foster_carer_on >= ends.started_on
                and permanence.placed_with_foster_carer_on <= permanence.placed_for_adoption_on
                then permanence.placed_with_foster_carer_on
            else permanence.placed_for_adoption_on
        end as placed_with_adopters_on
    from {{ ref('care_ends') }} as ends
    inner join {{ ref('stg_adoption__permanence') }} as permanence
        on ends.person_id = permanence.person_id and permanence.placed_for_adoption_on <= ends.ended_on
    where ends.was_adopted
    qualify row_number() over (
        partition by ends.care_period_id
        order by permanence.placed_for_adoption_on desc, permanence.permanence_id_rank desc
    ) = 1
)

select
    ends.care_period_id,
    ends.care_period_id_rank,
    ends.person_id,
    ends.started_on,
    ends.ended_on as adopted_on,
    placed.placed_for_adoption_on,
    placed.placed_with_adopters_on,
    ends.because,
    {{ breakdowns('ends') }}

from {{ ref('care_ends') }} as ends
left join placed using (care_period_id)
where ends.was_adopted
