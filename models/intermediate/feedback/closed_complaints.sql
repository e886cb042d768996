-- Complaints whose last stage is closed, with what was learned at any stage (73): one row per complaint.
with learning as (
    select
        complaint_id,
        bool_or(learning_identified) as is_learning_identified,
        max(learning_disseminated_on) as learning_disseminated_on
    from {{ ref('complaint_stages') }}
    group by complaint_id
)

select
    stages.complaint_id,
    stages.closed_on,
    stages.outcome,
    learning.learning_disseminated_on,
    coalesce(learning.is_learning_identified and learning.learning_disseminated_on is not null, false)
        as is_learning_disseminated,
    case
        when stages.because is not null then stages.because
        when stages.outcome = 'WITHDRAWN' then 'excluded: withdrawn'
        when learning.is_learning_identified is null then 'missing: whether anything was learned'
    end as because,
    coalesce(stages.because like 'unknown:%' or stages.outcome = 'WITHDRAWN', false) as is_out,
    coalesce(teams.service_area, 'not recorded') as service_area,
    coalesce(stages.team_id, 'not recorded') as team

from {{ ref('complaint_stages') }} as stages
inner join learning on stages.complaint_id = learning.complaint_id
left join {{ ref('team_timeline') }} as teams
    on stages.team_id = teams.team_id
    and stages.closed_on >= teams.from_on
    and stages.closed_on < teams.until_on
where stages.is_last and stages.closed_on is not null
