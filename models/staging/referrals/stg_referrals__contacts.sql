-- Contacts as extracted: one row per contact id.
select
    cont_contact_id as contact_id,
    cont_contact_id_rank as contact_id_rank,
    cont_person_id as person_id,
    cont_contact_date as contacted_at,
    cast(cont_contact_date as date) as contacted_on,
    cont_contact_source_code as source_code,
    cont_contact_outcome_json as outcomes

from {{ source('referrals', 'ssd_contacts') }}
