-- Teams as extracted: one row per team id.
select
    dept_team_id as team_id,
    dept_team_id_rank as team_id_rank,
    dept_team_name as team_name,
    dept_team_parent_id as team_parent_id,
    dept_team_parent_name as team_parent_name,
    source_file,
    source_line

from {{ source('workforce', 'ssd_department') }}
