-- Which service area a team belongs to (C14): one row per team and stretch of days under one line of the map.
-- The end date of a line is its last day; when two lines hold on a day the later start wins.
with team_map as (
    select
        team_id,
        service_area,
        is_frontline,
        is_safeguarding,
        coalesce(started_on, {{ forever_ago() }}) as from_on,
        ended_on + 1 as until_on,
        team_service_area_id_rank
    from {{ ref('stg_workforce__team_service_areas') }}
),

{{ timeline(
    relation='team_map',
    key='team_id',
    values=['service_area', 'is_frontline', 'is_safeguarding'],
    order_by='from_on desc, team_service_area_id_rank desc'
) }}
