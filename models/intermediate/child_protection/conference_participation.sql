-- How children took part in their conferences: one row per kind of conference, conference and child.
select
    conference_type,
    conference_id,
    person_id,
    participation_code

from {{ ref('stg_child_protection__participation') }}
where participation_code is not null
qualify row_number() over (
    partition by conference_type, conference_id, person_id
    order by cp_participation_id_rank
) = 1
