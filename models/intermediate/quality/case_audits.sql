-- Case audits completed, with the grade that stands (the moderated one, else the auditor's): one row per audit.
with graded as (
    select
        *,
        coalesce(nullif(upper(moderated_grade), 'UNGRADED'), nullif(grade, 'UNGRADED')) as standing_grade
    from {{ ref('stg_quality__case_audits') }}
    where completed_on is not null
)

select
    audits.audit_id,
    audits.person_id,
    audits.completed_on,
    audits.audit_type,
    audits.standing_grade as grade,
    coalesce(audits.audit_type = 'DIP_SAMPLE', false) as is_dip_sample,
    case
        when audits.audit_type is null or audits.audit_type not in ('CASE_FILE', 'THEMATIC')
            then 'unknown: audit type'
        when audits.standing_grade is null then 'excluded: no grade'
        when audits.standing_grade not in ('OUTSTANDING', 'GOOD', 'REQUIRES_IMPROVEMENT', 'INADEQUATE')
            then 'unknown: grade'
    end as because_of_grade,
    coalesce(teams.service_area, 'not recorded') as service_area,
    coalesce(audits.team_id, 'not recorded') as team

from graded as audits
left join {{ ref('team_timeline') }} as teams
    on audits.team_id = teams.team_id
    and audits.completed_on >= teams.from_on
    and audits.completed_on < teams.until_on
