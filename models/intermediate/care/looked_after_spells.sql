-- Children looked after by us (C17, C18): one row per person and stretch of days on which the child is looked
-- after under one legal status and in one period of care. Series of short breaks, the years from 18 and the
-- days of another authority are left out; a child whose date of birth is not recorded stays in, marked, and so
-- does a period of care without a child.
with boundaries as (
    select person_id, started_on as day from {{ ref('care_periods') }}
    union
    select person_id, coalesce(ended_on, {{ forever() }}) as day from {{ ref('care_periods') }}
    union
    select person_id, from_on as day from {{ ref('legal_status_timeline') }}
    union
    select person_id, until_on as day from {{ ref('legal_status_timeline') }}
    union
    select person_id, from_on as day from {{ ref('authority_timeline') }}
    union
    select person_id, until_on as day from {{ ref('authority_timeline') }}
    union
    select person_id, born_on as day from {{ ref('persons') }} where born_on is not null
    union
    select person_id, turned_18_on as day from {{ ref('persons') }} where born_on is not null
),

stretches as (
    select
        person_id,
        day as from_on,
        lead(day) over (partition by person_id order by day) as until_on
    from boundaries
)

select
    stretches.person_id,
    care_periods.care_period_id,
    care_periods.started_at as care_started_at,
    care_periods.started_on as care_started_on,
    stretches.from_on,
    stretches.until_on,
    statuses.legal_status,
    persons.born_on is not null as is_age_known

from stretches
inner join {{ ref('care_periods') }} as care_periods
    on stretches.person_id = care_periods.person_id
    and stretches.from_on >= care_periods.started_on
    and stretches.from_on < coalesce(care_periods.ended_on, {{ forever() }})
left join {{ ref('persons') }} as persons on stretches.person_id = persons.person_id
left join {{ ref('legal_status_timeline') }} as statuses
    on stretches.person_id = statuses.person_id
    and stretches.from_on >= statuses.from_on
    and stretches.from_on < statuses.until_on
left join {{ ref('authority_timeline') }} as responsible
    on stretches.person_id = responsible.person_id
    and stretches.from_on >= responsible.from_on
    and stretches.from_on < responsible.until_on
cross join {{ ref('stg_landing__run') }} as run
where
    coalesce(statuses.legal_status, 'none recorded') not in ('V3', 'V4')
    and coalesce(responsible.authority_code, run.authority) = run.authority
    and (persons.born_on is null or stretches.from_on >= persons.born_on)
    and (persons.born_on is null or stretches.from_on < persons.turned_18_on)
    and not (persons.born_on is null and persons.expected_on is not null)

union all

select
    person_id,
    care_period_id,
    started_at as care_started_at,
    started_on as care_started_on,
    started_on as from_on,
    coalesce(ended_on, {{ forever() }}) as until_on,
    cast(null as string) as legal_status,
    false as is_age_known

from {{ ref('care_periods') }}
where person_id is null and started_on < coalesce(ended_on, {{ forever() }})
