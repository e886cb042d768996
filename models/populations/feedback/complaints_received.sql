-- Complaints, counted on the day they were first received: one row per complaint.
select
    complaint_id as case_id,
    person_id,
    received_on as counted_on,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    because,

    -- measures
    case when because is null then true end as is_received

from {{ ref('complaints') }}
where received_on is not null
