-- People known to the service, with what is asked of them in every measure (C6, C22): one row per person.
with disabilities as (
    select
        person_id,
        bool_or(disability_code <> 'NONE') as is_disabled
    from {{ ref('stg_people__disabilities') }}
    where disability_code is not null
    group by person_id
)

select
    persons.person_id,
    persons.person_id_rank,
    persons.born_on,
    persons.expected_on,
    persons.died_on,
    {{ birthday('persons.born_on', 18) }} as turned_18_on,
    coalesce(persons.sex, 'not recorded') as sex,
    coalesce(ethnic_groups.ethnic_group, 'not recorded') as ethnicity,
    case
        when disabilities.is_disabled then 'yes'
        when not disabilities.is_disabled then 'no'
        else 'not recorded'
    end as disability

from {{ ref('stg_people__persons') }} as persons
left join {{ ref('ethnic_groups') }} as ethnic_groups using (ethnicity)
left join disabilities using (person_id)
