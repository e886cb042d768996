-- The record of a care leaver's birthday, of several for one age the greatest id: one row per person and age reached.
select
    person_id,
    age_reached,
    in_touch_code,
    upper(substr(accommodation_code, 1, 1)) as accommodation_code,
    coalesce(accommodation_suitability, nullif(substr(accommodation_code, 2, 1), '')) as accommodation_suitability,
    activity_code

from {{ ref('stg_care_leavers__birthdays') }}
qualify row_number() over (partition by person_id, age_reached order by care_leaver_birthday_id_rank desc) = 1
