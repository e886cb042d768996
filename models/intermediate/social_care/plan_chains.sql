-- Child in need and child protection plans of our own without a break (79): one row per person and chain of plans.
with plans as (
    select
        person_id,
        'cin_plan' as kind,
        started_on,
        ended_on
    from {{ ref('cin_plans') }}
    union all
    select
        person_id,
        'cp_plan' as kind,
        started_on,
        ended_on
    from {{ ref('cp_plans') }}
),

dated as (
    select *
    from plans
    where person_id is not null and started_on <= coalesce(ended_on, {{ forever() }})
),

chained as (
    {{ chained('dated', 'person_id', 'kind', gap=parameter('plan_continuity_gap_days')) }}
)

select
    person_id,
    chain_number,
    min(started_on) as started_on,
    case when count(*) = count(ended_on) then max(ended_on) end as ended_on

from chained
group by person_id, chain_number
