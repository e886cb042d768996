-- Single assessments and the time they took, counted on the day they were authorised: one row per assessment.
select
    assessments.assessment_id as case_id,
    assessments.person_id,
    assessments.authorised_on as counted_on,
    {{ breakdowns('assessments') }},

    -- evidence
    assessments.started_on,
    assessments.due_on,
    assessments.authorised_on as done_on,
    repeats.previous_authorised_on as previous_on,
    assessments.because_of_start,
    assessments.because_of_duration,
    assessments.because_of_referral,

    -- measures
    case
        when assessments.because_of_duration is null
            then assessments.working_days_taken <= {{ parameter('assessment_working_days') }}
    end as was_completed_in_time,
    case
        when assessments.because_of_duration is null then assessments.working_days_taken
    end as working_days_taken,
    case
        when assessments.is_first_of_referral and assessments.because_of_referral is null
            then assessments.working_days_from_referral <= {{ parameter('assessment_working_days') }}
    end as was_completed_in_time_from_referral,
    case
        when assessments.is_first_of_referral and assessments.because_of_referral is null
            then assessments.working_days_from_referral
    end as working_days_from_referral,
    case when assessments.because_of_start is null then repeats.assessment_id is not null end as is_repeat,
    case
        when assessments.because_of_start is null then coalesce(repeats.was_held_by_locality, false)
    end as is_repeat_with_locality,
    case
        when assessments.because_of_start is null then coalesce(not repeats.was_held_by_locality, false)
    end as is_repeat_without_locality

from {{ ref('authorised_assessments') }} as assessments
left join {{ ref('repeat_assessments') }} as repeats on assessments.assessment_id = repeats.assessment_id
