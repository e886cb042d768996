-- Children open to targeted family support at each month end: one row per child and period end. Adults and the unborn are
-- out.
select
    month_ends.period_end,
    {{ case_of('spells.person_id', 'spells.support_episode_id') }} as case_id,
    spells.person_id,
    {{ child_breakdowns('child', 'month_ends.period_end') }},

    -- evidence
    spells.started_on,
    case
        when spells.person_id is null then 'unknown: person'
        when child.born_on is null and child.expected_on is null then 'unknown: date of birth'
    end as because,

    -- measures
    case
        when {{ age('child.born_on', 'month_ends.period_end') }} between 0 and 17
            then {{ plus_months('spells.started_on', parameter('tfs_long_open_months')) }} < month_ends.period_end
    end as is_open_too_long

from {{ ref('support_spells') }} as spells
inner join {{ ref('month_ends') }} as month_ends
    on spells.started_on <= month_ends.period_end
    and coalesce(spells.ended_on, {{ forever() }}) > month_ends.period_end
left join {{ ref('child_timeline') }} as child
    on spells.person_id = child.person_id
    and month_ends.period_end >= child.from_on
    and month_ends.period_end < child.until_on
where spells.service_level = 'TFS'
