-- Counted placements with the stay each belongs to: one row per placement. The next placement is the same
-- stay when it is with the same carer and no day lies between; days away from the carer belong to the stay,
-- and what follows them is with that carer.
with counted as (
    select
        *,
        max(case when not is_away_from_carer then placement_number end) over (
            partition by person_id
            order by placement_number
            rows between unbounded preceding and 1 preceding
        ) as number_before,
        coalesce(
            lag(is_away_from_carer) over (partition by person_id order by placement_number), false
        ) as is_back_with_carer
    from {{ ref('counted_placements') }}
),

compared as (
    select
        placements.placement_id,
        placements.person_id,
        placements.placement_number,
        placements.placement_type,
        placements.started_on,
        placements.ended_on,
        placements.is_away_from_carer,
        not placements.is_away_from_carer
        and not coalesce(
            earlier.unbroken_run = placements.unbroken_run
            and (placements.is_back_with_carer or {{ same_carer('earlier', 'placements') }}),
            false
        ) as starts_a_stay
    from counted as placements
    left join counted as earlier
        on placements.person_id = earlier.person_id
        and placements.number_before = earlier.placement_number
)

select
    placement_id,
    person_id,
    placement_number,
    placement_type,
    started_on,
    ended_on,
    is_away_from_carer,
    sum(case when starts_a_stay then 1 else 0 end) over (
        partition by person_id
        order by placement_number
        rows between unbounded preceding and current row
    ) as stay_number

from compared
