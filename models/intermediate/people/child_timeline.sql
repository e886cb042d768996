-- What the breakdowns ask of a child (C14, C22) on any day: one row per person and stretch of days on which the answers hold.
-- The stretches of a person run from the first day of time to the last, without gap or overlap; somebody whose person record
-- is missing has only those with a team or a home.
with teams_of_children as (
    select person_id, team_id from {{ ref('allocated_team_timeline') }}
    union
    select person_id, team_id from {{ ref('open_referral_timeline') }}
),

boundaries as (
    select person_id, {{ forever_ago() }} as day from {{ ref('persons') }}
    union
    select person_id, {{ forever() }} as day from {{ ref('persons') }}
    union
    select person_id, from_on as day from {{ ref('allocated_team_timeline') }}
    union
    select person_id, until_on as day from {{ ref('allocated_team_timeline') }}
    union
    select person_id, from_on as day from {{ ref('open_referral_timeline') }}
    union
    select person_id, until_on as day from {{ ref('open_referral_timeline') }}
    union
    select person_id, from_on as day from {{ ref('home_timeline') }}
    union
    select person_id, until_on as day from {{ ref('home_timeline') }}
    union
    select children.person_id, teams.from_on as day
    from teams_of_children as children
    inner join {{ ref('team_timeline') }} as teams using (team_id)
    union
    select children.person_id, teams.until_on as day
    from teams_of_children as children
    inner join {{ ref('team_timeline') }} as teams using (team_id)
),

stretches as (
    select
        person_id,
        day as from_on,
        lead(day) over (partition by person_id order by day) as until_on
    from boundaries
)

select
    stretches.person_id,
    stretches.from_on,
    stretches.until_on,
    persons.born_on,
    persons.expected_on,
    persons.sex,
    persons.ethnicity,
    persons.disability,
    coalesce(allocations.team_id, referrals.team_id) as team,
    teams.service_area,
    homes.locality,
    allocations.team_id as allocated_team,
    referrals.team_id as referral_team

from stretches
left join {{ ref('persons') }} as persons using (person_id)
left join {{ ref('allocated_team_timeline') }} as allocations
    on stretches.person_id = allocations.person_id
    and stretches.from_on >= allocations.from_on
    and stretches.from_on < allocations.until_on
left join {{ ref('open_referral_timeline') }} as referrals
    on stretches.person_id = referrals.person_id
    and stretches.from_on >= referrals.from_on
    and stretches.from_on < referrals.until_on
left join {{ ref('home_timeline') }} as homes
    on stretches.person_id = homes.person_id
    and stretches.from_on >= homes.from_on
    and stretches.from_on < homes.until_on
left join {{ ref('team_timeline') }} as teams
    on coalesce(allocations.team_id, referrals.team_id) = teams.team_id
    and stretches.from_on >= teams.from_on
    and stretches.from_on < teams.until_on
where stretches.until_on is not null
