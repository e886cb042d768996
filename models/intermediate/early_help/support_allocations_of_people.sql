-- Targeted family support workers' allocations and the people they are for (91): one row per allocation and person. An
-- allocation that names no person is everybody's who has a support episode of its family; one that ends before it starts is
-- left out.
with allocations as (
    select
        allocations.support_allocation_id,
        allocations.person_id,
        allocations.family_id,
        allocations.started_on,
        allocations.ended_on
    from {{ ref('stg_early_help__support_allocations') }} as allocations
    inner join {{ ref('team_timeline') }} as teams
        on allocations.team_id = teams.team_id
        and allocations.started_on >= teams.from_on
        and allocations.started_on < teams.until_on
    where
        teams.service_area = 'TARGETED_FAMILY_SUPPORT'
        and allocations.started_on <= coalesce(allocations.ended_on, {{ forever() }})
)

select
    support_allocation_id,
    person_id,
    started_on,
    ended_on

from allocations
where person_id is not null

union all

select distinct
    allocations.support_allocation_id,
    episodes.person_id,
    allocations.started_on,
    allocations.ended_on

from allocations
inner join {{ ref('stg_early_help__support_episodes') }} as episodes using (family_id)
where allocations.person_id is null and episodes.person_id is not null
