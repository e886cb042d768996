-- Birthdays as extracted: one row per row of local_care_leaver_birthdays.
select
    care_leaver_birthday_id,
    care_leaver_birthday_id_rank,
    person_id,
    age_reached,
    in_touch_code,
    accommodation_code,
    accommodation_suitable as accommodation_suitability,
    activity_code

from {{ source('care_leavers', 'local_care_leaver_birthdays') }}
