-- Care and supervision proceedings, counted on the day the last child's application concluded: one row per
-- court case.
select
    court_case_id as case_id,
    cast(null as string) as person_id,
    concluded_on as counted_on,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    issued_on as started_on,
    concluded_on as ended_on,
    because,

    -- measures
    case
        when because is null
            then {{ days_between('issued_on', 'concluded_on') }} <= {{ parameter('care_proceedings_days') }}
    end as was_concluded_in_26_weeks,
    case when because is null then {{ days_between('issued_on', 'concluded_on') }} / 7 end as weeks_taken

from {{ ref('court_cases') }}
where concluded_on is not null
