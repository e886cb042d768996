-- Compliments as extracted: one row per row of local_compliments.
select
    compliment_id,
    compliment_id_rank,
    received_date as received_on,
    from_type,
    from_person_id,
    via_advocate as was_via_advocate,
    team_id

from {{ source('feedback', 'local_compliments') }}
