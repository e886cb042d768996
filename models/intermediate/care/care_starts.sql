-- Periods of care that are not a series of short breaks, with the one before: one row per period of care.
with periods as (
    select
        *,
        lag(ended_on) over (
            partition by person_id, case when person_id is null then care_period_id end
            order by started_on, care_period_id_rank
        ) as previous_ended_on
    from {{ ref('care_periods') }}
    where not is_short_breaks
)

select
    periods.care_period_id,
    periods.person_id,
    periods.started_on,
    periods.ended_on,
    periods.end_reason,
    case
        when periods.previous_ended_on < periods.started_on then periods.previous_ended_on
    end as previous_ended_on,
    case
        when periods.person_id is null then 'unknown: child'
        when responsible.authority_code <> run.authority
            then 'excluded: the responsibility of another authority'
    end as because,
    {{ child_breakdowns('child', 'periods.started_on') }}

from periods
cross join {{ ref('stg_landing__run') }} as run
left join {{ ref('authority_timeline') }} as responsible
    on periods.person_id = responsible.person_id
    and periods.started_on >= responsible.from_on
    and periods.started_on < responsible.until_on
left join {{ ref('child_timeline') }} as child
    on periods.person_id = child.person_id
    and periods.started_on >= child.from_on
    and periods.started_on < child.until_on
