-- Reviews as extracted: one row per cla review id.
select
    clar_cla_review_id as review_id,
    clar_cla_review_id_rank as review_id_rank,
    clar_cla_id as cla_id,
    cast(clar_cla_review_due_date as date) as due_on,
    clar_cla_review_date as held_at,
    cast(clar_cla_review_date as date) as held_on,
    clar_cla_review_cancelled as was_cancelled,
    clar_cla_review_participation as participation_code,
    clar_cla_person_id as person_id,
    source_file,
    source_line

from {{ source('looked_after', 'ssd_cla_reviews') }}
