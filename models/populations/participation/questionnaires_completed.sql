-- Viewpoint questionnaires and Mind Of My Own statements that a child completed, counted on that day: one row per response.
select
    responses.questionnaire_id as case_id,
    responses.questionnaire_id_rank,
    responses.person_id,
    responses.completed_on as counted_on,
    {{ child_breakdowns('child', 'responses.completed_on') }},

    -- evidence
    responses.started_on,
    responses.completed_on as done_on,
    case when responses.person_id is null then 'unknown: child' end as because,

    -- measures
    case when responses.person_id is not null then true end as was_completed

from {{ ref('stg_participation__questionnaires') }} as responses
left join {{ ref('child_timeline') }} as child
    on responses.person_id = child.person_id
    and responses.completed_on >= child.from_on
    and responses.completed_on < child.until_on
where
    responses.tool in ('VIEWPOINT', 'MOMO')
    and responses.respondent = 'CHILD'
    and responses.completed_on is not null
