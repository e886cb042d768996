-- Single assessments that were authorised, under the team that did so: one row per assessment.
select
    assessments.assessment_id,
    assessments.person_id,
    assessments.started_on,
    assessments.due_on,
    assessments.authorised_on,
    assessments.working_days_taken,
    assessments.is_first_of_referral,
    assessments.working_days_from_referral,
    assessments.outcomes,
    assessments.is_marked_no_further_action,
    assessments.has_outcome,
    assessments.needs_no_social_care,
    assessments.because,
    assessments.because_of_start,
    assessments.because_of_duration,
    case
        when not assessments.is_first_of_referral then null
        when assessments.because_of_duration is not null then assessments.because_of_duration
        when assessments.received_on is null then 'unknown: referral'
        when assessments.authorised_on < assessments.received_on
            then 'unknown: authorised before the referral was received'
    end as because_of_referral,
    {{ child_breakdowns(
        'child',
        'assessments.authorised_on',
        team='assessments.team_id',
        service_area='teams.service_area'
    ) }}

from {{ ref('assessments') }} as assessments
left join {{ ref('child_timeline') }} as child
    on assessments.person_id = child.person_id
    and assessments.authorised_on >= child.from_on
    and assessments.authorised_on < child.until_on
left join {{ ref('team_timeline') }} as teams
    on assessments.team_id = teams.team_id
    and assessments.authorised_on >= teams.from_on
    and assessments.authorised_on < teams.until_on
where assessments.authorised_on is not null
