-- Requests for an education, health and care plan, and whether the child was known to social care: one row per request.
with open_days as (
    select
        requests.ehc_assessment_id,
        bool_or(
            spells.from_on <= requests.requested_on and spells.until_on > requests.requested_on
        ) as was_open_at_request,
        bool_or(
            spells.from_on <= requests.final_plan_on and spells.until_on > requests.final_plan_on
        ) as was_open_at_issue
    from {{ ref('stg_education__ehc_assessments') }} as requests
    inner join {{ ref('open_social_care_spells') }} as spells on requests.person_id = spells.person_id
    group by requests.ehc_assessment_id
)

select
    requests.ehc_assessment_id,
    requests.person_id,
    requests.requested_on,
    requests.final_plan_on,
    requests.final_plan_on is not null
    and (
        requests.person_id is null
        or row_number() over (
            partition by requests.person_id
            order by requests.final_plan_on is null, requests.final_plan_on, requests.ehc_assessment_id_rank
        ) = 1
    ) as is_first_plan,
    coalesce(open_days.was_open_at_request, false) as was_open_at_request,
    coalesce(open_days.was_open_at_issue, false) as was_open_at_issue,
    coalesce(requests.has_exception, false) as has_exception,
    coalesce(requests.was_transferred_in, false) as was_transferred_in,
    coalesce(requests.request_decision = 'REFUSED', false)
    or coalesce(requests.assessment_outcome = 'NO_PLAN', false) as will_not_lead_to_a_plan

from {{ ref('stg_education__ehc_assessments') }} as requests
left join open_days on requests.ehc_assessment_id = open_days.ehc_assessment_id
