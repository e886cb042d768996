-- Unbroken social care involvement (90, 92): one row per person and chain of spells, each of which starts by the day the
-- chain has reached. A move between an assessment, a plan and care is no end.
with spells as (
    select * from {{ ref('social_care_spells') }}
),

chained as (
    {{ chained('spells', 'person_id', 'kind, spell_id') }}
),

chains as (
    select
        person_id,
        chain_number,
        min(started_on) as started_on,
        case when count(*) = count(ended_on) then max(ended_on) end as ended_on
    from chained
    group by person_id, chain_number
),

-- died, moved to another authority or abroad, care taken over by another authority
departures as (
    select distinct
        person_id,
        chain_number,
        ended_on
    from chained
    where
        (kind = 'referral' and end_reason in ('RC2', 'RC5'))
        or (kind = 'period_of_care' and end_reason in ('E2', 'E3', 'E16'))
)

select
    chains.person_id,
    chains.chain_number,
    chains.started_on,
    chains.ended_on,
    departures.person_id is not null as ended_in_departure

from chains
left join departures
    on chains.person_id = departures.person_id
    and chains.chain_number = departures.chain_number
    and chains.ended_on = departures.ended_on
