{#
The scorecard: headlines of the measure tables, for the whole and each service area, with what is to be known beside them.

numbers       the measure tables
needs         which extracts a statistic needs
findings      what was set aside of them
#}
{% macro scorecard(numbers, register, signals, targets, comparators, needs, findings) -%}
with numbers as (
    select
        told.*,
        register.title as list_title,
        register.search_words,
        register.work_area_title,
        register.outcome,
        register.side,
        register.good,
        register.clock,
        register.definition_version
    from ({{ rows_of(numbers, "is_headline and breakdown in ('all', 'service_area')") }}) as told
    inner join {{ register }} as register
        on told.measure_number = register.measure_number and told.statistic = register.statistic
),

years as (
    {{ published_years(comparators) }}
),

set_aside as (
    {{ set_aside(needs, findings) }}
),

beside as (
    select
        numbers.*,
        signals.interval_method,
        case when {{ is_told('numbers') }} then signals.direction_on_year end as direction_on_year,
        case when {{ is_told('numbers') }} then signals.signal end as signal,
        case when {{ is_told('numbers') }} then signals.will_it_hit end as will_it_hit,
        case when {{ is_told('numbers') }} then targets.target end as any_target,
        case when {{ is_told('numbers') }} then targets.basis end as target_basis,
        {{ rag_if_agreed('numbers', 'targets') }} as rag_if_agreed,
        years.england,
        years.neighbours_median,
        years.year_label,
        years.comparability,
        coalesce(set_aside.n_set_aside, 0) as n_set_aside
    from numbers
    left join {{ signals }} as signals
        on numbers.measure_number = signals.measure_number
        and numbers.statistic = signals.statistic
        and numbers.period_end = signals.period_end
        and numbers.breakdown = signals.breakdown
        and numbers.breakdown_value = signals.breakdown_value
    left join {{ targets }} as targets
        on {{ target_holds('numbers', 'targets', 'numbers.breakdown_value') }}
    left join years
        on numbers.measure_number = years.measure_number
        and numbers.statistic = years.statistic
        and numbers.period_end >= years.year_ends_on
        and numbers.period_end < coalesce(years.next_ends_on, {{ forever() }})
    left join set_aside
        on numbers.measure_number = set_aside.measure_number and numbers.statistic = set_aside.statistic
),

bounded as (
    select
        *,
        {{ interval_end('lower', 'beside') }} as lower,
        {{ interval_end('upper', 'beside') }} as upper,
        {{ share('n_unknown', '(n_unknown + coalesce(case when unit <> \'rate_per_10k\' then denominator end, numerator))') }} as share_unknown,
        {{ share('n_missing_evidence', 'coalesce(case when unit <> \'rate_per_10k\' then denominator end, numerator)') }} as share_missing_evidence
    from beside
)

select
    measure_number,
    measure_id,
    title,
    list_title,
    search_words,
    work_area_title,
    outcome,
    side,
    statistic,
    unit,
    decimals,
    period_type,
    period_end,
    breakdown_value as service_area,
    breakdown_label as service_area_label,
    numerator,
    denominator,
    value,
    value_status,
    lower,
    upper,
    any_target as target,
    target_basis,
    rag,
    rag_if_agreed,
    direction_of_travel,
    {{ scorecard_on_year('bounded', 'periods') }} as direction_on_year,
    signal,
    will_it_hit,
    england,
    neighbours_median,
    year_label as comparator_year,
    comparability,
    share_unknown,
    share_missing_evidence,
    n_set_aside,
    definition_status,
    definition_version,
    {{ sentence('bounded') }} as sentence,
    {{ valued('value', 'unit', 'decimals') }} as value_text,
    {{ status_told('value_status') }} as value_status_text,
    {{ cases_told('numerator', 'denominator', 'unit') }} as cases_text,
    {{ span_told('lower', 'upper', 'unit', 'decimals') }} as interval_text,
    {{ target_told('any_target', 'unit', 'good') }} as target_text,
    {{ against_target_told('rag', 'rag_if_agreed', 'target_basis') }} as against_target,
    {{ valued('england', 'unit', 'decimals') }} as england_text,
    {{ valued('neighbours_median', 'unit', 'decimals') }} as neighbours_text,
    {{ share_told('share_unknown') }} as share_unknown_text,
    {{ share_told('share_missing_evidence') }} as share_missing_evidence_text

from bounded
window periods as (partition by measure_number, period_type, breakdown_value order by period_end)
{%- endmacro %}

{# The rows of several relations that meet a condition. #}
{% macro rows_of(relations, condition) -%}
    {% for relation in relations -%}
    select *
    from {{ relation }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
{%- endmacro %}

{# A share in percent; null where there is nothing to be a share of. #}
{% macro share(part, whole) -%}
    100.0 * {{ part }} / nullif({{ whole }}, 0)
{%- endmacro %}

{#
The published figures of each year, and the day on which the next year's take their place. Not those of counts, which the size of an
authority makes.
#}
{% macro published_years(comparators) -%}
    select
        measure_number,
        statistic,
        year_label,
        year_ends_on,
        comparability,
        max(case when area = 'England' then value end) as england,
        max(case when area = 'neighbours median' then value end) as neighbours_median,
        lead(year_ends_on) over (partition by measure_number, statistic order by year_ends_on) as next_ends_on
    from {{ comparators }}
    where unit <> 'count' and area in ('England', 'neighbours median')
    group by measure_number, statistic, year_label, year_ends_on, comparability
    having count(value) > 0
{%- endmacro %}

{# How many rows and values were set aside of the extracts that a statistic needs. #}
{% macro set_aside(needs, findings) -%}
    select
        needs.measure_number,
        needs.statistic,
        cast(sum(findings.n_findings) as bigint) as n_set_aside
    from {{ needs }} as needs
    inner join {{ findings }} as findings on needs.extract = findings.extract
    where needs.role = 'needed' and findings.effect <> 'flagged'
    group by needs.measure_number, needs.statistic
{%- endmacro %}

{#
The direction against the same period of the year before: the month's own, where the period repeats it, else by the 95% intervals of
the two periods. `periods` names a window of the row and those before it.
#}
{% macro scorecard_on_year(row, periods) -%}
    case
        when {{ row }}.period_type = 'month' or {{ row }}.clock = 'position' or {{ row }}.direction_on_year is null
            then {{ row }}.direction_on_year
        else {{ direction(heading_between(
            'lag(' ~ row ~ '.lower, 12) over ' ~ periods,
            'lag(' ~ row ~ '.upper, 12) over ' ~ periods,
            row ~ '.lower',
            row ~ '.upper',
        ), row ~ '.good') }}
    end
{%- endmacro %}
