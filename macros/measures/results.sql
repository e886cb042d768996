{#
The measure table of one outcome: every statistic of the register has a row for every period, for `all` and for each breakdown
value seen, whether or not anybody was counted. One that no period can tell has its rows for `all` alone.

measures   the ranges of measure numbers that the table holds
counts     relations that hold what the populations that feed them come to
targets    the targets of the agreement
signals    what each month tells, the direction of travel among it
#}
{% macro results(measures, counts, register, periods, coverage, residents, labels, targets, signals) -%}
with numbers as (
{{ told(measures, counts, register, periods, coverage, residents, labels) }}
)

select
    numbers.measure_number,
    numbers.measure_id,
    numbers.short_title as title,
    numbers.statistic,
    numbers.unit,
    numbers.decimals,
    numbers.is_headline,
    numbers.period_type,
    numbers.period_end,
    numbers.breakdown,
    numbers.breakdown_value,
    numbers.breakdown_label,
    {{ breakdown_order('numbers') }} as breakdown_order,
    numbers.numerator,
    numbers.denominator,
    numbers.value,
    numbers.value_status,
    numbers.n_unknown,
    numbers.n_missing_evidence,
    numbers.n_excluded,
    {{ agreed_target('numbers', 'targets') }} as target,
    {{ rag('numbers', 'targets') }} as rag,
    case when {{ is_told('numbers') }} then signals.direction_of_travel end as direction_of_travel,
    numbers.definition_status,
    numbers.carried_from,
    {{ valued('numbers.value', 'numbers.unit', 'numbers.decimals') }} as value_text,
    {{ status_told('numbers.value_status') }} as value_status_text,
    {{ cases_told('numbers.numerator', 'numbers.denominator', 'numbers.unit') }} as cases_text

from numbers
left join {{ targets }} as targets
    on {{ target_holds('numbers', 'targets', service_area_of('numbers')) }}
left join {{ signals }} as signals
    on numbers.measure_number = signals.measure_number
    and numbers.statistic = signals.statistic
    and numbers.period_end = signals.period_end
    and numbers.breakdown = signals.breakdown
    and numbers.breakdown_value = signals.breakdown_value
{%- endmacro %}

{#
What the counts come to, before anything is said of it: the rows of a measure table, the way that is good, and how their interval is
worked out. Where period types or breakdowns are named, of those only.
#}
{% macro told(measures, counts, register, periods, coverage, residents, labels, period_types=none, breakdowns=none) -%}
with lines as (
    {% for relation in built_only(counts) -%}
    select *
    from {{ relation }}
    where ({{ within(measures) }}){{ is_among('breakdown', breakdowns) }}
    {{ 'union all' if not loop.last }}
    {% else -%}
    {{ no_lines() }}
    {% endfor -%}
),

statistics as (
    select
        *,
        {{ fed_as(counts, measures) }} as counted_as,
        {{ interval_methods(counts, measures) }} as interval_method
    from {{ register }}
    where {{ within(measures) }}
),

asked as (
    select
        statistics.measure_number,
        statistics.measure_id,
        statistics.short_title,
        statistics.statistic,
        statistics.unit,
        statistics.decimals,
        statistics.is_headline,
        statistics.definition_status,
        statistics.kind,
        statistics.good,
        statistics.counted_as,
        statistics.interval_method,
        periods.period_type,
        periods.period_end,
        statistics.not_computable_reason is not null as is_not_computable,
        coalesce(coverage.is_loaded, false) and statistics.counted_as is not null as is_loaded,
        bool_or(coverage.is_loaded) over (partition by statistics.measure_number, statistics.statistic) as is_ever_loaded,
        case when statistics.counted_as = 'rate_per_10k' then residents.residents end as residents,
        statistics.counted_as = 'rate_per_10k' and residents.is_provisional as has_provisional_residents
    from statistics
    cross join {{ periods }} as periods
    left join {{ residents }} as residents on periods.period_end = residents.period_end
    left join {{ coverage }} as coverage
        on statistics.measure_number = coverage.measure_number
        and statistics.statistic = coverage.statistic
        and periods.period_type = coverage.period_type
        and periods.period_end = coverage.period_end
),

parts as (
    select distinct
        lines.measure_number,
        lines.statistic,
        lines.breakdown,
        lines.breakdown_value
    from lines
    inner join asked using (measure_number, statistic, period_type, period_end)
    where asked.is_ever_loaded and lines.breakdown <> 'all' and lines.counted_as <> 'rate_per_10k'
    union all
    select
        measure_number,
        statistic,
        'all' as breakdown,
        'all' as breakdown_value
    from statistics
),

counted as (
    select
        asked.*,
        parts.breakdown,
        parts.breakdown_value,
        coalesce(labels.breakdown_label, {{ capitalised('parts.breakdown_value') }}) as breakdown_label,
        case
            when asked.counted_as = 'max' then lines.numerator
            when asked.counted_as <> 'median' then coalesce(lines.numerator, 0)
        end as numerator,
        case
            when asked.counted_as = 'rate_per_10k' then asked.residents
            when asked.counted_as not in ('count', 'max') then coalesce(lines.denominator, 0)
        end as denominator,
        lines.middle,
        lines.carried_from,
        coalesce(lines.n_unknown, 0) as n_unknown,
        coalesce(lines.n_missing_evidence, 0) as n_missing_evidence,
        coalesce(lines.n_excluded, 0) as n_excluded,
        coalesce(lines.is_provisional, false) or asked.has_provisional_residents as is_provisional
    from asked
    inner join parts using (measure_number, statistic)
    left join lines
        using (measure_number, statistic, period_type, period_end, breakdown, breakdown_value)
    left join {{ labels }} as labels using (breakdown, breakdown_value)
    where true{{ is_among('asked.period_type', period_types) }}
)

select
    measure_number,
    measure_id,
    short_title,
    statistic,
    unit,
    decimals,
    is_headline,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    breakdown_label,
    case when is_loaded then numerator end as numerator,
    case when is_loaded then denominator end as denominator,
    case
        when not is_loaded then null
        when counted_as in ('count', 'max') then numerator
        when coalesce(denominator, 0) = 0 then null
        when counted_as = 'pct' then 100 * numerator / denominator
        when counted_as = 'rate_per_10k' then 10000 * numerator / denominator
        when counted_as = 'mean' then numerator / denominator
        when counted_as = 'median' then middle
    end as value,
    case
        when is_not_computable then 'not_computable'
        when not is_loaded then 'not_loaded'
        when kind = 'narrative' then 'narrative'
        when counted_as = 'max' and numerator is null then 'no_denominator'
        when counted_as not in ('count', 'max') and coalesce(denominator, 0) = 0 then 'no_denominator'
        when is_provisional then 'provisional'
        else 'ok'
    end as value_status,
    case when is_loaded then n_unknown end as n_unknown,
    case when is_loaded then n_missing_evidence end as n_missing_evidence,
    case when is_loaded then n_excluded end as n_excluded,
    definition_status,
    good,
    case when is_loaded then carried_from end as carried_from,
    case when is_loaded then interval_method end as interval_method

from counted
{%- endmacro %}

{# One more condition on rows: the column is one of these words, where any are named. #}
{% macro is_among(column, words) -%}
    {%- if words %} and {{ column }} in ('{{ words | join("', '") }}'){% endif -%}
{%- endmacro %}

{# How a statistic is counted, by the feeds of the populations counted; null for one that no column feeds. #}
{% macro fed_as(counts, measures) -%}
    case
        when false then ''
        {%- for population in populations_behind(counts) %}
        {%- for feed in feeds_of(population.name, measures) %}
        when measure_number = {{ feed.measure }} and statistic = '{{ feed.statistic }}' then '{{ feed.counted_as }}'
        {%- endfor %}
        {%- endfor %}
    end
{%- endmacro %}
