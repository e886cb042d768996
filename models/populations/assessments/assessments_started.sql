-- Single assessments, counted on the day they started: one row per assessment.
select
    assessments.assessment_id as case_id,
    assessments.person_id,
    assessments.started_on as counted_on,
    {{ child_breakdowns(
        'child',
        'assessments.started_on',
        team='assessments.team_id',
        service_area='teams.service_area'
    ) }},
    assessments.assessment_id_rank,

    -- evidence
    assessments.started_on,
    assessments.because,

    -- measures
    case when assessments.because is null then true end as was_started

from {{ ref('assessments') }} as assessments
left join {{ ref('child_timeline') }} as child
    on assessments.person_id = child.person_id
    and assessments.started_on >= child.from_on
    and assessments.started_on < child.until_on
left join {{ ref('team_timeline') }} as teams
    on assessments.team_id = teams.team_id
    and assessments.started_on >= teams.from_on
    and assessments.started_on < teams.until_on
where assessments.started_on is not null
