-- Contacts about children, with what came of them: one row per contact.
select
    contacts.contact_id,
    contacts.person_id,
    contacts.contacted_on,
    contacts.outcomes,
    case when contacts.person_id is null then 'unknown: child' end as because,
    {{ child_breakdowns('child', 'contacts.contacted_on') }}

from {{ ref('stg_referrals__contacts') }} as contacts
left join {{ ref('child_timeline') }} as child
    on contacts.person_id = child.person_id
    and contacts.contacted_on >= child.from_on
    and contacts.contacted_on < child.until_on
where contacts.contacted_on is not null
