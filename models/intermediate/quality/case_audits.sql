-- Case audits completed, with the grade that stands: the moderated one, else the auditor's: one row per audit.
select
    audits.audit_id,
    audits.person_id,
    audits.completed_on,
    audits.audit_type,
    coalesce(nullif(upper(audits.moderated_grade), 'UNGRADED'), nullif(audits.grade, 'UNGRADED')) as grade,
    coalesce(teams.service_area, 'not recorded') as service_area,
    coalesce(audits.team_id, 'not recorded') as team

from {{ ref('stg_quality__case_audits') }} as audits
left join {{ ref('team_timeline') }} as teams
    on audits.team_id = teams.team_id
    and audits.completed_on >= teams.from_on
    and audits.completed_on < teams.until_on
where audits.completed_on is not null
