-- Whose a period of care is, by the id the case system gives it: one row per cla_id.
select
    cla_id,
    min(person_id) as person_id

from {{ ref('care_episodes') }}
where cla_id is not null
group by cla_id
