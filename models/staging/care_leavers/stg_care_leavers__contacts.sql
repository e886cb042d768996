-- Contacts as extracted: one row per row of local_care_leaver_contacts.
select
    care_leaver_contact_id,
    care_leaver_contact_id_rank,
    person_id,
    contact_date as contacted_on,
    method,
    successful as was_successful,
    worker_id

from {{ source('care_leavers', 'local_care_leaver_contacts') }}
