-- Successful contacts with care leavers that go both ways; letters do not: one row per contact.
select
    care_leaver_contact_id,
    person_id,
    contacted_on,
    method = 'VISIT' or (method = 'VIDEO' and {{ parameter('virtual_visit_counts') }}) as is_visit

from {{ ref('stg_care_leavers__contacts') }}
where was_successful and method in ('VISIT', 'PHONE', 'VIDEO', 'MESSAGE')
