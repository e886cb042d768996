-- Persons as extracted: one row per child/person id.
select
    pers_person_id as person_id,
    pers_person_id_rank as person_id_rank,
    pers_sex as sex,
    pers_gender as gender,
    pers_ethnicity as ethnicity,
    cast(pers_dob as date) as born_on,
    pers_upn_unknown as upn_unknown,
    pers_send_flag as has_ehc_plan,
    cast(pers_expected_dob as date) as expected_on,
    cast(pers_death_date as date) as died_on,
    pers_is_mother as is_mother,
    pers_nationality as nationality,
    source_file,
    source_line

from {{ source('people', 'ssd_person') }}
