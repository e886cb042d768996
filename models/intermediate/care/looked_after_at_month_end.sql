-- Children looked after at each month end (C17): one row per child and period end, or per period of care
-- without a child and period end.
with short_breaks as (
    select
        person_id,
        started_on,
        coalesce(ended_on, {{ forever() }}) as ended_on
    from {{ ref('legal_status_spells') }}
    where legal_status in ('V3', 'V4')
),

unaccompanied as (
    select
        month_ends.period_end,
        spells.person_id,
        bool_or(spells.until_on > month_ends.period_end) as is_so_now
    from {{ ref('unaccompanied_spells') }} as spells
    inner join {{ ref('month_ends') }} as month_ends on spells.from_on <= month_ends.period_end
    group by month_ends.period_end, spells.person_id
),

interrupted as (
    select distinct
        month_ends.period_end,
        short_breaks.person_id
    from short_breaks
    inner join {{ ref('month_ends') }} as month_ends
        on short_breaks.started_on <= month_ends.period_end
        and short_breaks.ended_on > month_ends.twelve_months_from
)

select
    month_ends.period_end,
    spells.person_id,
    spells.care_period_id,
    spells.care_started_at,
    spells.care_started_on,
    spells.legal_status,
    child.born_on,
    case when spells.is_age_known then {{ age('child.born_on', 'month_ends.period_end') }} end as age,
    month_ends.twelve_months_from,
    spells.care_started_on <= month_ends.twelve_months_from
    and interrupted.person_id is null as is_in_care_12_months,
    coalesce(unaccompanied.is_so_now, false) as is_unaccompanied,
    unaccompanied.person_id is not null as has_been_unaccompanied,
    case
        when spells.person_id is null then 'unknown: child'
        when not spells.is_age_known then 'unknown: date of birth'
    end as because,
    {{ child_breakdowns('child', 'month_ends.period_end') }}

from {{ ref('looked_after_spells') }} as spells
inner join {{ ref('month_ends') }} as month_ends
    on spells.from_on <= month_ends.period_end and spells.until_on > month_ends.period_end
left join {{ ref('child_timeline') }} as child
    on spells.person_id = child.person_id
    and month_ends.period_end >= child.from_on
    and month_ends.period_end < child.until_on
left join unaccompanied
    on spells.person_id = unaccompanied.person_id and month_ends.period_end = unaccompanied.period_end
left join interrupted
    on spells.person_id = interrupted.person_id and month_ends.period_end = interrupted.period_end
