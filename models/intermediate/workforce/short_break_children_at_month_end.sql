-- Children whose only service at each month end is short breaks (104): one row per child and period end.
with services as (
    select
        person_id,
        is_short_break_only as is_short_break,
        started_on as from_on,
        ended_on as until_on
    from {{ ref('cin_plan_rows') }}
    union all
    select
        person_id,
        false as is_short_break,
        started_on as from_on,
        ended_on as until_on
    from {{ ref('cp_plans') }}
    union all
    select
        person_id,
        false as is_short_break,
        from_on,
        until_on
    from {{ ref('looked_after_spells') }}
    where is_age_known
    union all
    select
        care_periods.person_id,
        true as is_short_break,
        greatest(care_periods.started_on, statuses.from_on) as from_on,
        least(coalesce(care_periods.ended_on, {{ forever() }}), statuses.until_on) as until_on
    from {{ ref('care_periods') }} as care_periods
    inner join {{ ref('legal_status_timeline') }} as statuses
        on care_periods.person_id = statuses.person_id and statuses.legal_status in ('V3', 'V4')
)

select
    month_ends.period_end,
    services.person_id

from services
inner join {{ ref('month_ends') }} as month_ends
    on services.from_on <= month_ends.period_end
    and coalesce(services.until_on, {{ forever() }}) > month_ends.period_end
where services.person_id is not null
group by month_ends.period_end, services.person_id
having bool_and(services.is_short_break)
