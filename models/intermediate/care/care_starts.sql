-- Periods of care that are not a series of short breaks, with the end of the latest that ended before it: one row per period
-- of care.
with periods as (
    select *
    from {{ ref('care_periods') }}
    where not is_short_breaks
),

earlier as (
    select
        periods.care_period_id,
        max(others.ended_on) as ended_on
    from periods
    inner join periods as others
        on periods.person_id = others.person_id and periods.started_on > others.ended_on
    where periods.care_period_id <> others.care_period_id
    group by periods.care_period_id
)

select
    periods.care_period_id,
    periods.person_id,
    periods.started_on,
    periods.ended_on,
    periods.end_reason,
    earlier.ended_on as previous_ended_on,
    case
        when periods.person_id is null then 'unknown: child'
        when responsible.authority_code <> run.authority
            then 'excluded: the responsibility of another authority'
    end as because,
    {{ child_breakdowns('child', 'periods.started_on') }}

from periods
left join earlier using (care_period_id)
cross join {{ ref('stg_landing__run') }} as run
left join {{ ref('authority_timeline') }} as responsible
    on periods.person_id = responsible.person_id
    and periods.started_on >= responsible.from_on
    and periods.started_on < responsible.until_on
left join {{ ref('child_timeline') }} as child
    on periods.person_id = child.person_id
    and periods.started_on >= child.from_on
    and periods.started_on < child.until_on
