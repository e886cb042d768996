-- Placements of 24 hours or more, those away from a carer to whom the child returned (or may yet) marked: one row per placement.
-- What is left out fills the gap that it stood in. A run of temporary placements (T0 to T4) directly after a placement is away
-- from its carer when the next placement is with that carer again, or when nothing has followed yet.
with numbered as (
    select
        *,
        coalesce(ended_on, {{ forever() }}) as until_on,
        max(case when not is_under_24_hours then placement_number end) over earlier_or_this as counted_number,
        max(case when not is_under_24_hours and not is_temporary then placement_number end) over earlier_or_this
            as lasting_number
    from {{ ref('placements') }}
    window earlier_or_this as (
        partition by person_id
        order by placement_number
        rows between unbounded preceding and current row
    )
),

filling as (
    select
        *,
        is_under_24_hours
        and started_on > max(until_on) over (
            partition by person_id, counted_number
            order by placement_number
            rows between unbounded preceding and 1 preceding
        ) as fills_no_gap
    from numbered
),

bridged as (
    select
        *,
        max(case when not coalesce(fills_no_gap, false) then until_on end) over (
            partition by person_id, counted_number
        ) as bridged_until
    from filling
),

counted as (
    select
        *,
        max(case when not is_temporary then placement_number end) over (
            partition by person_id
            order by placement_number
            rows between unbounded preceding and 1 preceding
        ) as lasting_before,
        min(case when not is_temporary then placement_number end) over (
            partition by person_id
            order by placement_number
            rows between 1 following and unbounded following
        ) as lasting_after,
        started_on > max(bridged_until) over (
            partition by person_id, lasting_number
            order by placement_number
            rows between unbounded preceding and 1 preceding
        ) as follows_a_gap
    from bridged
    where not is_under_24_hours
),

unbroken as (
    select
        *,
        sum(case when follows_a_gap then 1 else 0 end) over (
            partition by person_id, lasting_number
            order by placement_number
            rows between unbounded preceding and current row
        ) as gaps_since
    from counted
)

select
    placements.placement_id,
    placements.person_id,
    placements.placement_number,
    placements.started_on,
    placements.ended_on,
    placements.bridged_until,
    placements.placement_type,
    placements.change_reason,
    placements.carer_id,
    placements.start_reason,
    placements.is_temporary
    and earlier.placement_id is not null
    and (later.placement_id is null or {{ same_carer('earlier', 'later', after_days_away=true) }}) as is_away_from_carer

from unbroken as placements
left join unbroken as earlier
    on placements.person_id = earlier.person_id
    and placements.lasting_before = earlier.placement_number
    and placements.gaps_since = 0
left join unbroken as later
    on placements.person_id = later.person_id
    and placements.lasting_after = later.placement_number
