-- Complaints, counted on the day they were first received, under the service area that their team was of that day: one row per
-- complaint.
with received as (
    select
        complaint_id,
        person_id,
        received_on,
        because,
        team,
        service_area_when_received as service_area
    from {{ ref('complaints') }}
    where received_on is not null
)

select
    complaint_id as case_id,
    person_id,
    received_on as counted_on,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    because,

    -- measures
    case when because is null then true end as is_received

from received
