-- Complaints, counted once however many stages they go through, with who made them: one row per complaint.
with received as (
    select
        complaint_id,
        min(received_on) as received_on
    from {{ ref('complaint_stages') }}
    group by complaint_id
)

select
    received.complaint_id,
    received.received_on,
    stages.received_on as raised_on,
    stages.complainant_type,
    stages.person_id,
    {{ age('child.born_on', 'stages.received_on') }} as age,
    looked_after.person_id is not null as is_looked_after,
    stages.because,
    coalesce(
        stages.because,
        case
            when stages.person_id is null then 'unknown: person'
            when child.born_on is null then 'unknown: date of birth'
        end
    ) as because_of_person,
    {{ child_breakdowns(
        'child',
        'stages.received_on',
        team='stages.team_id',
        service_area='teams.service_area'
    ) }},
    coalesce(teams_then.service_area, 'not recorded') as service_area_when_received

from received
inner join {{ ref('complaint_stages') }} as stages
    on received.complaint_id = stages.complaint_id and stages.is_first
left join {{ ref('child_timeline') }} as child
    on stages.person_id = child.person_id
    and stages.received_on >= child.from_on
    and stages.received_on < child.until_on
left join {{ ref('looked_after_spells') }} as looked_after
    on stages.person_id = looked_after.person_id
    and stages.received_on >= looked_after.from_on
    and stages.received_on < looked_after.until_on
    and looked_after.is_age_known
left join {{ ref('team_timeline') }} as teams
    on stages.team_id = teams.team_id
    and stages.received_on >= teams.from_on
    and stages.received_on < teams.until_on
left join {{ ref('team_timeline') }} as teams_then
    on stages.team_id = teams_then.team_id
    and received.received_on >= teams_then.from_on
    and received.received_on < teams_then.until_on
