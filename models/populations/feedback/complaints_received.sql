-- Complaints, counted on the day they were first received, under the service area that their team was of that day: one row per
-- complaint.
with received as (
    select
        complaints.complaint_id,
        complaints.person_id,
        complaints.received_on,
        complaints.because,
        complaints.team,
        coalesce(teams.service_area, 'not recorded') as service_area
    from {{ ref('complaints') }} as complaints
    left join {{ ref('team_timeline') }} as teams
        on complaints.team = teams.team_id
        and complaints.received_on >= teams.from_on
        and complaints.received_on < teams.until_on
    where complaints.received_on is not null
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
