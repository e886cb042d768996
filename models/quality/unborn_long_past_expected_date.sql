-- Children with an open case who were expected long ago and have no date of birth: one row per person.
select
    {{ finding('unborn_long_past_expected_date', 'ssd_person', 'pers_dob', of='people') }}

from {{ ref('stg_people__persons') }} as people
cross join {{ ref('stg_landing__run') }} as run
inner join {{ ref('case_status_timeline') }} as statuses
    on people.person_id = statuses.person_id
    and run.as_at >= statuses.from_on
    and run.as_at < statuses.until_on
where people.born_on is null and people.expected_on + {{ parameter('birth_registration_days') }} < run.as_at
