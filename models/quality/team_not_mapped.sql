-- Teams that records name and the team map does not (C14): one row per team.
with named as (
    select team_id from {{ ref('stg_workforce__involvements') }}
    union
    select team_id from {{ ref('stg_workforce__employments') }}
    union
    select team_id from {{ ref('stg_workforce__posts') }}
    union
    select team_id from {{ ref('stg_referrals__referrals') }}
    union
    select team_id from {{ ref('stg_assessments__assessments') }}
    union
    select team_id from {{ ref('stg_s47__strategy_discussions') }}
    union
    select team_id from {{ ref('stg_s47__enquiries') }}
    union
    select team_id from {{ ref('stg_child_protection__initial_conferences') }}
    union
    select team_id from {{ ref('stg_child_in_need__plans') }}
)

select
    {{ finding('team_not_mapped', 'ssd_department', 'dept_team_id', of='teams') }}

from {{ ref('stg_workforce__teams') }} as teams
inner join named on teams.team_id = named.team_id
left join {{ ref('stg_workforce__team_service_areas') }} as team_map on teams.team_id = team_map.team_id
where team_map.team_id is null
