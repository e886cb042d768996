-- Whose a period of care is, by the id the case system gives it: one row per cla_id that some person's episode bears. Of
-- several people who bear one id, the person whose episode began first.
select
    cla_id,
    person_id

from {{ ref('care_episodes') }}
where cla_id is not null and person_id is not null
qualify row_number() over (
    partition by cla_id
    order by started_on, started_at, episode_id_rank
) = 1
