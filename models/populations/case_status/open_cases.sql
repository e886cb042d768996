-- Children and young people open to social care at each month end, each under one status: one row per person
-- and period end, or per record without a person.
select
    month_ends.period_end,
    statuses.person_id as case_id,
    statuses.person_id,
    {{ child_breakdowns('child', 'month_ends.period_end') }},

    -- evidence
    statuses.case_status,
    cast(null as string) as because,

    -- measures
    true as is_open

from {{ ref('case_status_timeline') }} as statuses
inner join {{ ref('month_ends') }} as month_ends
    on statuses.from_on <= month_ends.period_end and statuses.until_on > month_ends.period_end
left join {{ ref('child_timeline') }} as child
    on statuses.person_id = child.person_id
    and month_ends.period_end >= child.from_on
    and month_ends.period_end < child.until_on

union all

select
    month_ends.period_end,
    -- a referral and an assessment may have the same id
    {{ case_of('spells.person_id', "spells.case_status || ' ' || spells.record_id") }} as case_id,
    spells.person_id,
    {{ child_breakdowns('child', 'month_ends.period_end') }},
    spells.case_status,
    'unknown: person' as because,
    cast(null as boolean) as is_open

from {{ ref('case_spells') }} as spells
inner join {{ ref('month_ends') }} as month_ends
    on spells.from_on <= month_ends.period_end
    and coalesce(spells.until_on, {{ forever() }}) > month_ends.period_end
left join {{ ref('child_timeline') }} as child on spells.person_id = child.person_id
where spells.person_id is null
