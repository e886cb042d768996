-- Stays with one carer (carer-continuous placements): one row per stay.
with stays as (
    select
        person_id,
        stay_number,
        min(started_on) as started_on,
        case when count(*) = count(ended_on) then max(ended_on) end as ended_on,
        min(case when placement_type in ('A3', 'A4', 'A5', 'A6') then started_on end) as adoptive_started_on
    from {{ ref('placements_in_stays') }}
    group by person_id, stay_number
)

select
    person_id,
    stay_number,
    started_on,
    ended_on,
    adoptive_started_on,
    lag(started_on) over (partition by person_id order by stay_number) as previous_started_on,
    lag(coalesce(ended_on, {{ forever() }})) over (
        partition by person_id
        order by stay_number
    ) as previous_ended_on

from stays
