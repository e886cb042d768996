-- Immunisations as extracted: one row per child/person id.
select
    clai_person_id as person_id,
    clai_person_id_rank as person_id_rank,
    clai_immunisations_status as is_up_to_date,
    cast(clai_immunisations_status_date as date) as status_on

from {{ source('health', 'ssd_cla_immunisations') }}
