-- Placements as recorded, with the carer and the episode that starts them, those that end before they start
-- left out: one row per placement.
select
    placements.placement_id,
    placements.placement_id_rank,
    coalesce(placements.person_id, episodes.person_id) as person_id,
    placements.started_at,
    placements.started_on,
    placements.ended_on,
    placements.placement_type,
    placements.change_reason,
    placements.provider_urn,
    placements.postcode_hash,
    placements.distance_miles,
    details.carer_id,
    details.is_inside_authority,
    episodes.start_reason,
    coalesce(placements.placement_type in ('T0', 'T1', 'T2', 'T3', 'T4'), false) as is_temporary,
    coalesce(
        case
            when {{ has_time('placements.started_at') }} and {{ has_time('placements.ended_at') }}
                then {{ instant('placements.ended_at') }} - {{ instant('placements.started_at') }} < 24 * 3600
            else placements.ended_on = placements.started_on
        end,
        false
    ) as is_under_24_hours

from {{ ref('stg_looked_after__placements') }} as placements
left join {{ ref('stg_looked_after__placement_details') }} as details using (placement_id)
left join {{ ref('placement_episodes') }} as episodes using (placement_id)
where
    placements.started_on is not null
    and (placements.ended_on is null or placements.ended_on >= placements.started_on)
