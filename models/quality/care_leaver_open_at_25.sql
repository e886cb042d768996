-- Care leavers still open to the leaving care service at 25 or older (85): one row per spell.
select
    {{ finding('care_leaver_open_at_25', 'local_care_leaver_spells', 'open_end_date', of='spells') }}

from {{ ref('stg_care_leavers__spells') }} as spells
inner join {{ ref('persons') }} as persons on spells.person_id = persons.person_id
cross join {{ ref('stg_landing__run') }} as run
where
    spells.opened_on is not null
    and spells.open_ended_on is null
    and {{ birthday('persons.born_on', 25) }} <= run.as_at
