-- Team service areas as extracted: one row per row of local_team_service_areas.
select
    team_service_area_id,
    team_service_area_id_rank,
    team_id,
    service_area,
    frontline as is_frontline,
    safeguarding as is_safeguarding,
    start_date as started_on,
    end_date as ended_on

from {{ source('workforce', 'local_team_service_areas') }}
