-- Contacts, counted on the day they were received: one row per contact.
select
    contact_id as case_id,
    person_id,
    contacted_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    because,

    -- outcomes
    {{ has_code('outcomes', 'NEW_REFERRAL') }} as led_to_new_referral,
    {{ has_code('outcomes', 'EXISTING_REFERRAL') }} as led_to_existing_referral,
    {{ has_code('outcomes', 'CP_ENQUIRY') }} as led_to_cp_enquiry,
    {{ has_code('outcomes', 'NFA') }} as led_to_no_further_action,
    {{ has_code('outcomes', 'NON_AGENCY_ADOPTION') }} as led_to_non_agency_adoption,
    {{ has_code('outcomes', 'PRIVATE_FOSTERING') }} as led_to_private_fostering,
    {{ has_code('outcomes', 'ADVICE') }} as led_to_advice,
    {{ has_code('outcomes', 'MISSING') }} as led_to_missing,
    {{ has_code('outcomes', 'OLA_CP') }} as led_to_ola_cp,
    {{ has_code('outcomes', 'OTHER_OUTCOMES_EXIST') }} as led_to_other_outcomes,

    -- measures
    case when because is null then true end as was_received

from {{ ref('contacts') }}
