-- Activity spells as extracted: one row per row of local_activity_spells.
select
    activity_spell_id,
    activity_spell_id_rank,
    person_id,
    activity_code,
    start_date as started_on,
    end_date as ended_on

from {{ source('education', 'local_activity_spells') }}
