-- Single assessments of a child who had another authorised in the 12 months before the start, by the latest
-- of these, and whether a locality team held the child's case on a day in between:
-- one row per repeated assessment.
with repeats as (
    select
        assessments.assessment_id,
        assessments.person_id,
        assessments.started_on,
        max(earlier.authorised_on) as previous_authorised_on
    from {{ ref('assessments') }} as assessments
    inner join {{ ref('assessments') }} as earlier
        on assessments.person_id = earlier.person_id
        and assessments.assessment_id <> earlier.assessment_id
        and earlier.authorised_on >= {{ plus_months('assessments.started_on', -12) }}
        and earlier.authorised_on < assessments.started_on
    group by assessments.assessment_id, assessments.person_id, assessments.started_on
),

held_by_locality as (
    select distinct repeats.assessment_id
    from repeats
    inner join {{ ref('allocations') }} as allocations on repeats.person_id = allocations.person_id
    inner join {{ ref('team_timeline') }} as teams on allocations.team_id = teams.team_id
    where
        (allocations.is_primary or allocations.is_secondary)
        and allocations.started_on is not null
        and teams.service_area = 'LOCALITY'
        and greatest(repeats.previous_authorised_on + 1, allocations.started_on, teams.from_on)
        < least(repeats.started_on, coalesce(allocations.ended_on, {{ forever() }}), teams.until_on)
)

select
    repeats.assessment_id,
    repeats.previous_authorised_on,
    held_by_locality.assessment_id is not null as was_held_by_locality

from repeats
left join held_by_locality on repeats.assessment_id = held_by_locality.assessment_id
