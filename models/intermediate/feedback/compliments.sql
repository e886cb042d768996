-- Compliments received, with who paid them: one row per compliment.
select
    compliments.compliment_id,
    compliments.received_on,
    compliments.from_type,
    compliments.from_person_id as person_id,
    {{ age('child.born_on', 'compliments.received_on') }} as age,
    case
        when compliments.from_person_id is null then 'unknown: person'
        when child.born_on is null then 'unknown: date of birth'
    end as because_of_person,
    {{ child_breakdowns(
        'child',
        'compliments.received_on',
        team='compliments.team_id',
        service_area='teams.service_area'
    ) }}

from {{ ref('stg_feedback__compliments') }} as compliments
left join {{ ref('child_timeline') }} as child
    on compliments.from_person_id = child.person_id
    and compliments.received_on >= child.from_on
    and compliments.received_on < child.until_on
left join {{ ref('team_timeline') }} as teams
    on compliments.team_id = teams.team_id
    and compliments.received_on >= teams.from_on
    and compliments.received_on < teams.until_on
where compliments.received_on is not null
