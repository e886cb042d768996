-- When a child became an eligible child: in care for 13 weeks since the 14th birthday, over all periods of care, days of a
-- series of short breaks not counted. One row per child who has reached the 91 days, on the day after the last of them.
with boundaries as (
    select person_id, started_on as day from {{ ref('care_periods') }}
    union
    select person_id, coalesce(ended_on, {{ forever() }}) as day from {{ ref('care_periods') }}
    union
    select person_id, from_on as day from {{ ref('legal_status_timeline') }}
    union
    select person_id, until_on as day from {{ ref('legal_status_timeline') }}
    union
    select person_id, {{ birthday('born_on', 14) }} as day from {{ ref('persons') }} where born_on is not null
),

stretches as (
    select
        person_id,
        day as from_on,
        lead(day) over (partition by person_id order by day) as until_on
    from boundaries
),

in_care as (
    select
        stretches.person_id,
        stretches.from_on,
        {{ days_between('stretches.from_on', 'stretches.until_on') }} as days,
        sum({{ days_between('stretches.from_on', 'stretches.until_on') }}) over (
            partition by stretches.person_id
            order by stretches.from_on
            rows between unbounded preceding and current row
        ) as days_so_far
    from stretches
    inner join {{ ref('persons') }} as persons on stretches.person_id = persons.person_id
    inner join {{ ref('care_periods') }} as care_periods
        on stretches.person_id = care_periods.person_id
        and stretches.from_on >= care_periods.started_on
        and stretches.from_on < coalesce(care_periods.ended_on, {{ forever() }})
    left join {{ ref('legal_status_timeline') }} as statuses
        on stretches.person_id = statuses.person_id
        and stretches.from_on >= statuses.from_on
        and stretches.from_on < statuses.until_on
    where
        stretches.from_on >= {{ birthday('persons.born_on', 14) }}
        and coalesce(statuses.legal_status, 'none recorded') not in ('V3', 'V4')
)

select
    person_id,
    min(
        from_on + cast({{ parameter('eligible_child_min_weeks') }} * 7 - (days_so_far - days) as integer)
    ) as eligible_on

from in_care
where
    days_so_far >= {{ parameter('eligible_child_min_weeks') }} * 7
    and days_so_far - days < {{ parameter('eligible_child_min_weeks') }} * 7
group by person_id
