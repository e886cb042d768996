-- Open single assessments of the front door at each month end, with how long it has held them and whether the
-- child has been seen: one row per assessment and period end.
with assessments as (
    select *
    from {{ ref('open_assessments_at_month_end') }}
    where service_area = 'FAMILY_FRONT_DOOR'
),

allocated as (
    select
        assessments.period_end,
        assessments.assessment_id,
        min(greatest(allocations.started_on, assessments.started_on)) as first_allocated_on,
        bool_or(
            allocations.worker_id is not null
            and coalesce(allocations.ended_on, {{ forever() }}) > assessments.period_end
        ) as has_worker
    from assessments
    inner join {{ ref('allocations') }} as allocations
        on assessments.person_id = allocations.person_id
        and allocations.started_on <= assessments.period_end
        and coalesce(allocations.ended_on, {{ forever() }}) >= assessments.started_on
    inner join {{ ref('team_timeline') }} as teams
        on allocations.team_id = teams.team_id
        and assessments.period_end >= teams.from_on
        and assessments.period_end < teams.until_on
    where allocations.is_primary and teams.service_area = 'FAMILY_FRONT_DOOR'
    group by assessments.period_end, assessments.assessment_id
),

visited as (
    select
        assessments.period_end,
        assessments.assessment_id,
        coalesce(bool_or(visits.purpose = 'ASSESSMENT'), false) as was_to_assess
    from assessments
    inner join {{ ref('visits') }} as visits
        on assessments.person_id = visits.person_id
        and assessments.started_on <= visits.visited_on
        and assessments.period_end >= visits.visited_on
    where visits.source <> 'looked_after'
    group by assessments.period_end, assessments.assessment_id
)

select
    assessments.period_end,
    assessments.assessment_id,
    allocated.first_allocated_on as allocated_on,
    visited.assessment_id is not null as was_visited,
    case
        when assessments.because is not null then assessments.because
        when not coalesce(allocated.has_worker, false) then 'excluded: not allocated'
        when
            case '{{ parameter('unvisited_day_type') }}'
                when 'calendar'
                    then {{ days_between('allocated.first_allocated_on', 'assessments.period_end') }}
                else month_end_days.working_day_number - allocated_days.working_day_number
            end <= {{ parameter('unvisited_days') }}
            then 'excluded: not allocated for long enough'
        when assessments.is_unborn and not coalesce(visited.was_to_assess, false) then 'excluded: unborn'
    end as because

from assessments
inner join {{ ref('calendar') }} as month_end_days on assessments.period_end = month_end_days.day
left join allocated
    on assessments.assessment_id = allocated.assessment_id and assessments.period_end = allocated.period_end
left join {{ ref('calendar') }} as allocated_days on allocated.first_allocated_on = allocated_days.day
left join visited
    on assessments.assessment_id = visited.assessment_id and assessments.period_end = visited.period_end
