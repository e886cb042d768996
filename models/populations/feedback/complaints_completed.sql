-- Complaints, counted on the day their last stage was closed: one row per complaint.
with complaints as (
    select
        *,
        coalesce(
            because,
            case
                when outcome = 'WITHDRAWN' then 'excluded: withdrawn'
                when is_learning_identified is null then 'missing: whether anything was learned'
            end
        ) as because_of_learning,
        coalesce(is_learning_identified and learning_disseminated_on is not null, false) as is_learning_disseminated
    from {{ ref('closed_complaints') }}
)

select
    complaint_id as case_id,
    cast(null as varchar) as person_id,
    closed_on as counted_on,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    learning_disseminated_on as done_on,
    because_of_learning as because,
    case
        when because is null and outcome is null then 'unknown: outcome'
        else because_of_learning
    end as because_of_outcome,

    -- measures
    case
        when because is null and coalesce(outcome <> 'WITHDRAWN', true) then is_learning_disseminated
    end as has_learning_disseminated,
    case
        when because is null and outcome in ('UPHELD', 'PARTLY_UPHELD') then is_learning_disseminated
    end as has_learning_disseminated_if_upheld

from complaints
