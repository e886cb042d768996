-- When a person is open to social care (78, 81, 94): one row per person, kind, spell and stretch of days. A period of care
-- counts on the days on which the child is looked after by us (C17).
select
    person_id,
    kind,
    spell_id,
    started_on,
    started_on as from_on,
    coalesce(ended_on, {{ forever() }}) as until_on

from {{ ref('social_care_spells') }}
where kind <> 'period_of_care'

union all

select
    person_id,
    'period_of_care' as kind,
    care_period_id as spell_id,
    care_started_on as started_on,
    from_on,
    until_on

from {{ ref('looked_after_spells') }}
where is_age_known
