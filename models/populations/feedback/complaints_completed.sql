-- Complaints, counted on the day their last stage was closed: one row per complaint.
select
    complaint_id as case_id,
    cast(null as string) as person_id,
    closed_on as counted_on,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    learning_disseminated_on as done_on,
    because,
    case when not is_out and outcome is null then 'unknown: outcome' else because end as because_of_outcome,

    -- measures
    case when not is_out then is_learning_disseminated end as has_learning_disseminated,
    case
        when not is_out and outcome in ('UPHELD', 'PARTLY_UPHELD') then is_learning_disseminated
    end as has_learning_disseminated_if_upheld

from {{ ref('closed_complaints') }}
