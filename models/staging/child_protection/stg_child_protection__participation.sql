-- Participation as extracted: one row per row of local_cp_participation.
select
    cp_participation_id,
    cp_participation_id_rank,
    conference_type,
    conference_id,
    person_id,
    participation_code,
    source_file,
    source_line

from {{ source('child_protection', 'local_cp_participation') }}
