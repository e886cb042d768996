-- Periods of care that ended, with whether we were responsible on the day before: one row per period of care.
-- Series of short breaks are left out.
select
    periods.care_period_id,
    periods.care_period_id_rank,
    periods.person_id,
    periods.started_on,
    periods.ended_on,
    periods.end_reason,
    coalesce(periods.end_reason in ('E11', 'E12'), false) as was_adopted,
    case
        when periods.person_id is null then 'unknown: child'
        when responsible.authority_code <> run.authority
            then 'excluded: the responsibility of another authority'
    end as because,
    {{ child_breakdowns('child', 'periods.ended_on') }}

from {{ ref('care_periods') }} as periods
cross join {{ ref('stg_landing__run') }} as run
left join {{ ref('authority_timeline') }} as responsible
    on periods.person_id = responsible.person_id
    and periods.ended_on - 1 >= responsible.from_on
    and periods.ended_on - 1 < responsible.until_on
left join {{ ref('child_timeline') }} as child
    on periods.person_id = child.person_id
    and periods.ended_on >= child.from_on
    and periods.ended_on < child.until_on
where periods.ended_on is not null and not periods.is_short_breaks
