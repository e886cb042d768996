-- What the two parties have agreed, proposed and assumed: one row per line of the agreement.
with lines as (
    select
        'target' as kind,
        targets.measure_number,
        targets.statistic,
        cast(null as string) as parameter,
        targets.service_area,
        targets.period_type,
        case measures.good when 'high' then 'at least ' when 'low' then 'at most ' else '' end
        || {{ shown_short('targets.target', 1) }}
        || case when measures.unit = 'pct' then '%' else '' end
        || coalesce(', amber within ' || {{ shown_short('nullif(targets.amber_tolerance, 0)', 1) }}, '') as says,
        targets.valid_from,
        targets.valid_to,
        cast(null as string) as owner,
        cast(null as date) as next_review,
        targets.council_agreed_on,
        targets.organisation_agreed_on,
        targets.note,
        targets.basis,
        false as is_changed
    from {{ ref('stg_agreement__targets') }} as targets
    inner join {{ ref('measures') }} as measures using (measure_number, statistic)
    union all
    select
        'parameter' as kind,
        null as measure_number,
        null as statistic,
        parameter,
        null as service_area,
        null as period_type,
        value as says,
        valid_from,
        null as valid_to,
        null as owner,
        null as next_review,
        council_agreed_on,
        organisation_agreed_on,
        note,
        basis,
        false as is_changed
    from {{ ref('stg_agreement__parameters') }}
    union all
    select
        'definition' as kind,
        definitions.measure_number,
        null as statistic,
        null as parameter,
        null as service_area,
        null as period_type,
        definitions.definition_version as says,
        null as valid_from,
        null as valid_to,
        definitions.owner,
        definitions.next_review,
        definitions.council_agreed_on,
        definitions.organisation_agreed_on,
        definitions.note,
        definitions.basis,
        measures.agreed_state = 'changed since ' || definitions.basis as is_changed
    from {{ ref('stg_agreement__definitions') }} as definitions
    inner join {{ ref('measures') }} as measures
        on definitions.measure_number = measures.measure_number and measures.is_headline
    union all
    select
        'step' as kind,
        measure_number,
        statistic,
        null as parameter,
        null as service_area,
        null as period_type,
        reason as says,
        step_from as valid_from,
        null as valid_to,
        null as owner,
        null as next_review,
        council_agreed_on,
        organisation_agreed_on,
        note,
        basis,
        false as is_changed
    from {{ ref('stg_agreement__steps') }}
)

select
    lines.*,
    coalesce(lines.next_review <= run.as_at, false) as is_due_for_review
from lines
cross join {{ ref('stg_landing__run') }} as run
