-- Children of compulsory school age open to social care, as far as they miss education at the month end:
-- one row per child and period end. A spell without a child has a row of its own.
with missing as (
    select
        month_ends.period_end,
        coalesce(spells.person_id, 'spell ' || spells.missing_education_id) as case_id,
        spells.person_id,
        min(spells.started_on) as started_on
    from {{ ref('stg_education__missing_education') }} as spells
    inner join {{ ref('month_ends') }} as month_ends
        on month_ends.period_end >= spells.started_on
        and month_ends.period_end < coalesce(spells.ended_on, {{ forever() }})
    where {{ days_between('spells.started_on', 'month_ends.period_end') }} >= {{ parameter('cme_min_days') }}
    group by
        month_ends.period_end,
        coalesce(spells.person_id, 'spell ' || spells.missing_education_id),
        spells.person_id
),

open_to_social_care as (
    select distinct
        missing.period_end,
        missing.case_id
    from missing
    inner join {{ ref('open_social_care_spells') }} as spells
        on missing.person_id = spells.person_id
        and missing.period_end >= spells.from_on
        and missing.period_end < spells.until_on
),

children as (
    select
        missing.*,
        child.born_on,
        case
            when missing.person_id is null then 'unknown: child'
            when child.born_on is null then 'unknown: date of birth'
        end as because,
        {{ child_breakdowns('child', 'missing.period_end') }}
    from missing
    left join open_to_social_care
        on missing.period_end = open_to_social_care.period_end and missing.case_id = open_to_social_care.case_id
    left join {{ ref('child_timeline') }} as child
        on missing.person_id = child.person_id
        and missing.period_end >= child.from_on
        and missing.period_end < child.until_on
    where missing.person_id is null or open_to_social_care.case_id is not null
)

select
    period_end,
    case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    started_on,
    because,

    -- measures
    case when because is null then true end as misses_education

from children
where
    because is not null
    or period_end between {{ school_age_from('born_on') }} and {{ school_age_until('born_on') }}
