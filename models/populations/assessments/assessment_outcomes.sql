-- Single assessments and what came of them, counted on the day they were authorised: one row per assessment.
select
    assessment_id as case_id,
    person_id,
    authorised_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    started_on,
    authorised_on as done_on,
    because,
    coalesce(because, case when not has_outcome then 'unknown: outcome' end) as because_of_outcome,

    -- outcomes
    {{ has_code('outcomes', 'NFA') }} or is_marked_no_further_action as led_to_no_further_action,
    {{ has_code('outcomes', 'NFA_S47_END') }} as led_to_no_further_action_after_s47,
    {{ has_code('outcomes', 'STRATEGY_DISCUSSION') }} as led_to_strategy_discussion,
    {{ has_code('outcomes', 'CLA_REQUEST') }} as led_to_care_request,
    {{ has_code('outcomes', 'PRIVATE_FOSTERING') }} as led_to_private_fostering,
    {{ has_code('outcomes', 'LEGAL_ACTION') }} as led_to_legal_action,
    {{ has_code('outcomes', 'PROV_OF_SERVICES') }} as led_to_services,
    {{ has_code('outcomes', 'PROV_OF_SB_CARE') }} as led_to_short_break_care,
    {{ has_code('outcomes', 'SPECIALIST_ASSESSMENT') }} as led_to_specialist_assessment,
    {{ has_code('outcomes', 'REFERRAL_TO_OTHER_AGENCY') }} as led_to_other_agency,
    {{ has_code('outcomes', 'OTHER_ACTIONS') }} as led_to_other_actions,
    {{ has_code('outcomes', 'OTHER_OUTCOMES_EXIST') }} as led_to_other_outcomes,

    -- measures
    case when because is null then true end as was_completed,
    case when because is null and has_outcome then needs_no_social_care end as needs_no_social_care

from {{ ref('authorised_assessments') }}
