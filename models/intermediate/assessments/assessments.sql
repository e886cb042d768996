-- Single assessments with how long they took and what came of them: one row per assessment.
with assessments as (
    select
        *,
        case
            when referral_id is not null and started_on is not null
                then row_number() over (
                    partition by referral_id
                    order by started_at is null, started_at, assessment_id_rank
                ) = 1
        end as is_first_of_referral,
        case
            when person_id is null then 'unknown: child'
            when started_on is null then 'unknown: start date'
        end as because_of_start
    from {{ ref('stg_assessments__assessments') }}
)

select
    assessments.assessment_id,
    assessments.assessment_id_rank,
    assessments.person_id,
    assessments.team_id,
    assessments.started_on,
    due_days.day as due_on,
    assessments.authorised_on,
    case
        when assessments.started_on is not null then {{ working_days('started_days', 'authorised_days') }}
    end as working_days_taken,
    assessments.is_first_of_referral,
    referrals.received_on,
    case
        when referrals.received_on is not null then {{ working_days('received_days', 'authorised_days') }}
    end as working_days_from_referral,
    assessments.outcomes,
    coalesce(assessments.is_no_further_action, false) as is_marked_no_further_action,
    {{ has_code('assessments.outcomes', 'PROV_OF_SERVICES') }}
    or {{ has_code('assessments.outcomes', 'PROV_OF_SB_CARE') }} as led_to_services,
    {{ has_any('assessments.outcomes') }} or coalesce(assessments.is_no_further_action, false) as has_outcome,
    not {{ has_other_than('assessments.outcomes', ['NFA', 'NFA_S47_END', 'REFERRAL_TO_OTHER_AGENCY']) }}
    and coalesce(referrals.close_reason not in ('RC2', 'RC5'), true) as needs_no_social_care,
    case when assessments.person_id is null then 'unknown: child' end as because,
    assessments.because_of_start,
    coalesce(
        assessments.because_of_start,
        case
            when assessments.authorised_on < assessments.started_on
                then 'unknown: authorised before it started'
        end
    ) as because_of_duration

from assessments
left join {{ ref('referral_rows') }} as referrals on assessments.referral_id = referrals.referral_id
left join {{ ref('calendar') }} as started_days on assessments.started_on = started_days.day
left join {{ ref('calendar') }} as authorised_days on assessments.authorised_on = authorised_days.day
left join {{ ref('calendar') }} as received_days on referrals.received_on = received_days.day
left join {{ ref('calendar') }} as due_days
    on started_days.working_day_number + {{ parameter('assessment_working_days') }} = due_days.working_day_number
    and due_days.is_working_day
