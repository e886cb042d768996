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
        placements.*,
        not placements.is_away_from_carer
        and not placements.is_back_with_carer
        and (earlier.placement_id is null or not {{ same_carer('earlier', 'placements') }}) as is_with_another
    from counted as placements
    left join counted as earlier
        on placements.person_id = earlier.person_id
        and placements.number_before = earlier.placement_number
),

by_carer as (
    select
        *,
        sum(case when is_with_another then 1 else 0 end) over (
            partition by person_id
            order by placement_number
            rows between unbounded preceding and current row
        ) as carer_number
    from compared
),

apart as (
    select
        *,
        is_with_another
        or not is_away_from_carer
        and coalesce(
            started_on > max(bridged_until) over (
                partition by person_id, carer_number
                order by placement_number
                rows between unbounded preceding and 1 preceding
            ),
            false
        ) as starts_a_stay
    from by_carer
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

from apart
