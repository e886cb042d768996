-- People with a front door assessment started in the period, each once by the latest, and whether a targeted family support
-- worker had been with them in the months before: one row per period type, period end and person, or assessment without a
-- person.
with supported as (
    select distinct
        assessments.case_id
    from {{ ref('assessments_started') }} as assessments
    inner join {{ ref('support_allocations_of_people') }} as allocations
        on assessments.person_id = allocations.person_id
        and assessments.started_on > allocations.started_on
        and coalesce(allocations.ended_on, {{ forever() }})
        > {{ plus_months('assessments.started_on', '-' ~ parameter('tfs_lookback_months')) }}
),

assessed as (
    select
        periods.period_type,
        periods.period_end,
        assessments.assessment_id_rank,
        {{ case_of('assessments.person_id', 'assessments.case_id') }} as case_id,
        assessments.person_id,
        assessments.started_on,
        assessments.because,
        {{ breakdowns('assessments') }},
        bool_or(supported.case_id is not null) over (
            partition by
                periods.period_type,
                periods.period_end,
                {{ case_of('assessments.person_id', 'assessments.case_id') }}
        ) as was_supported_before
    from {{ ref('assessments_started') }} as assessments
    inner join {{ ref('periods') }} as periods
        on assessments.counted_on >= periods.period_start and assessments.counted_on <= periods.period_end
    left join supported on assessments.case_id = supported.case_id
    where assessments.service_area = 'FAMILY_FRONT_DOOR'
)

select
    period_type,
    period_end,
    case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    started_on,
    because,

    -- measures
    case when because is null then was_supported_before end as was_supported_before

from assessed
qualify row_number() over (
    partition by period_type, period_end, case_id
    order by started_on desc, assessment_id_rank desc
) = 1
