-- Placements in order of start, those that start in a series of short breaks left out: one row per placement
-- of a child.
select
    placed.placement_id,
    placed.person_id,
    placed.started_on,
    placed.ended_on,
    placed.placement_type,
    placed.change_reason,
    placed.provider_urn,
    placed.postcode_hash,
    placed.carer_id,
    placed.start_reason,
    placed.is_temporary,
    placed.is_under_24_hours,
    row_number() over (
        partition by placed.person_id
        order by placed.started_at, placed.placement_id_rank
    ) as placement_number

from {{ ref('placement_rows') }} as placed
left join {{ ref('legal_status_timeline') }} as statuses
    on placed.person_id = statuses.person_id
    and placed.started_on >= statuses.from_on
    and placed.started_on < statuses.until_on
where placed.person_id is not null and coalesce(statuses.legal_status, 'none recorded') not in ('V3', 'V4')
