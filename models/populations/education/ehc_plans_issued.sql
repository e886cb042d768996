-- First education, health and care plans, and whether the child was known to social care, counted on the day they were
-- issued: one row per plan.
with plans as (
    select
        requests.*,
        case
            when requests.person_id is null then 'unknown: child'
            when requests.requested_on is null then 'unknown: request date'
            when requests.requested_on > requests.final_plan_on then 'unknown: requested after the plan'
            when requests.was_transferred_in then 'excluded: moved in from another authority'
        end as because_of_request,
        case when requests.has_exception then 'excluded: legal exception' end as because_of_exception,
        requests.person_id is null
        or requests.requested_on is null
        or case
            when '{{ parameter('ehcp_known_to_social_care_rule') }}' = 'open_at_issue' then requests.was_open_at_issue
            else requests.was_open_at_request
        end as counts,
        requests.person_id is null or requests.was_open_at_issue as counts_by_issue,
        {{ days_between('requests.requested_on', 'requests.final_plan_on') }}
        <= {{ parameter('ehcp_statutory_days') }} as is_in_time
    from {{ ref('ehc_requests') }} as requests
    where requests.is_first_plan
),

explained as (
    select
        *,
        case when counts then coalesce(because_of_request, because_of_exception) end as because,
        case when counts then because_of_request end as because_whatever_the_exception,
        case when counts_by_issue then coalesce(because_of_request, because_of_exception) end as because_by_issue
    from plans
)

select
    plans.ehc_assessment_id as case_id,
    plans.person_id,
    plans.final_plan_on as counted_on,
    {{ child_breakdowns('child', 'plans.final_plan_on') }},

    -- evidence
    plans.requested_on as started_on,
    plans.requested_on + {{ parameter('ehcp_statutory_days') }} as due_on,
    plans.final_plan_on as done_on,
    plans.because,
    plans.because_whatever_the_exception,
    plans.because_by_issue,

    -- measures
    case when plans.counts and plans.because is null then plans.is_in_time end as was_issued_in_time,
    case
        when plans.counts and plans.because_whatever_the_exception is null then plans.is_in_time
    end as was_issued_in_time_whatever_the_exception,
    case
        when plans.counts_by_issue and plans.because_by_issue is null then plans.is_in_time
    end as was_issued_in_time_to_a_child_known_by_then

from explained as plans
left join {{ ref('child_timeline') }} as child
    on plans.person_id = child.person_id
    and plans.final_plan_on >= child.from_on
    and plans.final_plan_on < child.until_on
