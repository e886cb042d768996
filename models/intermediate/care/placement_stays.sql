-- Stays with one carer (carer-continuous placements): one row per stay.
with stays as (
    select
        person_id,
        stay_number,
        min(started_on) as started_on,
        case when count(*) = count(ended_on) then max(ended_on) end as ended_on
    from {{ ref('placements_in_stays') }}
    group by person_id, stay_number
)

select
    person_id,
    stay_number,
    started_on,
    ended_on,
    lag(started_on) over (partition by person_id order by stay_number) as previous_started_on,
    lag(coalesce(ended_on, {{ forever() }})) over (partition by person_id order by stay_number) as previous_ended_on

from stays
