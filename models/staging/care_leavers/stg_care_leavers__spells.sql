-- Spells as extracted: one row per row of local_care_leaver_spells.
select
    care_leaver_spell_id,
    care_leaver_spell_id_rank,
    person_id,
    eligibility,
    start_date as started_on,
    end_date as ended_on,
    open_start_date as opened_on,
    open_end_date as open_ended_on,
    personal_adviser_id,
    source_file,
    source_line

from {{ source('care_leavers', 'local_care_leaver_spells') }}
