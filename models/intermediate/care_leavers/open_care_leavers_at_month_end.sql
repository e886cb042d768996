-- Care leavers open to the leaving care service at each month end and not looked after (85): one row per person and
-- period end, or per spell without a person.
with open_spells as (
    select
        month_ends.period_end,
        spells.person_id,
        {{ nobodys('spells.person_id', 'spells.care_leaver_spell_id') }} as nobodys_spell_id,
        min(spells.opened_on) as opened_on
    from {{ ref('stg_care_leavers__spells') }} as spells
    inner join {{ ref('month_ends') }} as month_ends
        on spells.opened_on <= month_ends.period_end
        and coalesce(spells.open_ended_on, {{ forever() }}) > month_ends.period_end
    group by
        month_ends.period_end,
        spells.person_id,
        {{ nobodys('spells.person_id', 'spells.care_leaver_spell_id') }}
),

entitled as (
    select distinct
        month_ends.period_end,
        spells.person_id
    from {{ ref('stg_care_leavers__spells') }} as spells
    inner join {{ ref('month_ends') }} as month_ends
        on spells.started_on <= month_ends.period_end
        and coalesce(spells.ended_on, {{ forever() }}) > month_ends.period_end
    where spells.eligibility in ('RELEVANT', 'FORMER_RELEVANT')
)

select
    open_spells.period_end,
    open_spells.person_id,
    open_spells.nobodys_spell_id,
    open_spells.opened_on,
    {{ age('child.born_on', 'open_spells.period_end') }} as age,
    persons.died_on,
    entitled.person_id is not null as is_entitled,
    case
        when open_spells.person_id is null then 'unknown: person'
        when responsible.authority_code <> run.authority then 'excluded: the responsibility of another authority'
    end as because,
    {{ child_breakdowns('child', 'open_spells.period_end') }}

from open_spells
cross join {{ ref('stg_landing__run') }} as run
left join entitled
    on open_spells.person_id = entitled.person_id and open_spells.period_end = entitled.period_end
left join {{ ref('persons') }} as persons on open_spells.person_id = persons.person_id
left join {{ ref('looked_after_at_month_end') }} as looked_after
    on open_spells.person_id = looked_after.person_id
    and open_spells.period_end = looked_after.period_end
    and looked_after.because is null
left join {{ ref('authority_timeline') }} as responsible
    on open_spells.person_id = responsible.person_id
    and open_spells.period_end >= responsible.from_on
    and open_spells.period_end < responsible.until_on
left join {{ ref('child_timeline') }} as child
    on open_spells.person_id = child.person_id
    and open_spells.period_end >= child.from_on
    and open_spells.period_end < child.until_on
where looked_after.person_id is null
