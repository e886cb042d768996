-- Care leavers aged 17 to 21 at each month end, relevant or former relevant (84, 87, 89): one row per person and period end.
-- A person whose date of birth is not recorded stays in, without an age, and so does a spell without a person; the unborn have
-- no age and are out.
with eligible as (
    select
        month_ends.period_end,
        spells.person_id,
        {{ nobodys('spells.person_id', 'spells.care_leaver_spell_id') }} as nobodys_spell_id,
        bool_or(spells.eligibility = 'FORMER_RELEVANT') as is_former_relevant,
        persons.born_on,
        persons.expected_on,
        persons.died_on,
        {{ age('persons.born_on', 'month_ends.period_end') }} as age
    from {{ ref('stg_care_leavers__spells') }} as spells
    inner join {{ ref('month_ends') }} as month_ends
        on spells.started_on <= month_ends.period_end
        and coalesce(spells.ended_on, {{ forever() }}) > month_ends.period_end
    left join {{ ref('persons') }} as persons using (person_id)
    where spells.eligibility in ('RELEVANT', 'FORMER_RELEVANT')
    group by
        month_ends.period_end,
        spells.person_id,
        {{ nobodys('spells.person_id', 'spells.care_leaver_spell_id') }},
        persons.born_on,
        persons.expected_on,
        persons.died_on
)

select
    period_end,
    person_id,
    nobodys_spell_id,
    is_former_relevant,
    born_on,
    died_on,
    age,
    {{ birthday('born_on', 'age') }} as birthday_on

from eligible
where (born_on is null and expected_on is null) or age between 17 and 21
