-- Placements of 24 hours or more, those away from a carer to whom the child returned (or may yet) marked: one
-- row per placement. A run of temporary placements (T0 to T4) directly after a placement is away from its
-- carer when the next placement is with that carer again, or when nothing has followed yet.
with numbered as (
    select
        *,
        sum(case when follows_a_gap then 1 else 0 end) over (
            partition by person_id
            order by placement_number
            rows between unbounded preceding and current row
        ) as unbroken_run
    from {{ ref('placements') }}
),

lasting as (
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
        ) as lasting_after
    from numbered
    where not is_under_24_hours
)

select
    placements.placement_id,
    placements.person_id,
    placements.placement_number,
    placements.unbroken_run,
    placements.started_on,
    placements.ended_on,
    placements.placement_type,
    placements.change_reason,
    placements.carer_id,
    placements.start_reason,
    placements.is_temporary
    and earlier.placement_id is not null
    and (later.placement_id is null or {{ same_carer('earlier', 'later', after_days_away=true) }}) as is_away_from_carer

from lasting as placements
left join lasting as earlier
    on placements.person_id = earlier.person_id
    and placements.lasting_before = earlier.placement_number
    and placements.unbroken_run = earlier.unbroken_run
left join lasting as later
    on placements.person_id = later.person_id
    and placements.lasting_after = later.placement_number
