-- Placements in order, with what decides whether the carer changed: one row per placement. Left out here: those that end
-- before they start, and those that start in a series of short breaks.
with placed as (
    select
        placements.placement_id,
        placements.placement_id_rank,
        coalesce(placements.person_id, episodes.person_id) as person_id,
        placements.started_at,
        placements.started_on,
        placements.ended_at,
        placements.ended_on,
        placements.placement_type,
        placements.change_reason,
        details.carer_id,
        episodes.start_reason,
        placements.placement_type in ('T0', 'T1', 'T2', 'T3', 'T4') as is_temporary,
        case
            when {{ has_time('placements.started_at') }} and {{ has_time('placements.ended_at') }}
                then {{ instant('placements.ended_at') }} - {{ instant('placements.started_at') }} < 24 * 3600
            else placements.ended_on = placements.started_on
        end as is_under_24_hours
    from {{ ref('stg_looked_after__placements') }} as placements
    left join {{ ref('stg_looked_after__placement_details') }} as details using (placement_id)
    left join {{ ref('placement_episodes') }} as episodes using (placement_id)
    where placements.started_on is not null and (placements.ended_at is null or placements.ended_at >= placements.started_at)
)

select
    placed.placement_id,
    placed.person_id,
    placed.started_on,
    placed.ended_on,
    placed.placement_type,
    placed.change_reason,
    placed.carer_id,
    placed.start_reason,
    coalesce(placed.is_temporary, false) as is_temporary,
    coalesce(placed.is_under_24_hours, false) as is_under_24_hours,
    row_number() over (
        partition by placed.person_id
        order by placed.started_at, placed.placement_id_rank
    ) as placement_number,
    placed.started_on > max(coalesce(placed.ended_on, {{ forever() }})) over (
        partition by placed.person_id
        order by placed.started_at, placed.placement_id_rank
        rows between unbounded preceding and 1 preceding
    ) as follows_a_gap

from placed
left join {{ ref('legal_status_timeline') }} as statuses
    on placed.person_id = statuses.person_id
    and placed.started_on >= statuses.from_on
    and placed.started_on < statuses.until_on
where coalesce(statuses.legal_status, 'none recorded') not in ('V3', 'V4')
