{#
What the populations of one subject come to. Cases become cells of month and breakdown in one pass of grouping sets; cells of
events become periods by joining `periods`; and columns become rows: one for each statistic, period and part that has a case
counted, unknown or excluded.

populations   relations whose columns feed statistics
labels        the values that there are of the breakdowns
#}
{% macro counts(populations, periods, labels) -%}
{%- set counted = [] -%}
with
{% for population in populations %}
{%- set feeds = feeds_of(population.identifier) -%}
{%- if feeds %}
{%- do counted.append(population.identifier) -%}
{{ cells(population, feeds, periods, labels) }},

{{ lines_of(population.identifier, feeds) }},

{% endif -%}
{%- endfor -%}
lines as (
    {% for name in counted -%}
    select * from {{ name }}_lines
    {{ 'union all' if not loop.last }}
    {% else -%}
    {{ no_lines() }}
    {% endfor -%}
)

select *
from lines
where denominator > 0 or numerator > 0 or n_unknown > 0 or n_excluded > 0
{%- endmacro %}

{# Cells of one population: its claims summed by period and breakdown, a handful of columns per slot. #}
{% macro cells(population, feeds, periods, labels) -%}
{%- set name = population.identifier -%}
{%- set columns = columns_of(name) -%}
{%- set breakdowns = breakdowns_of(name) -%}
{%- set slots = feeds | groupby('slot') -%}
{%- set medians = feeds | selectattr('counted_as', 'equalto', 'median') | list -%}
{%- set dated_by = ['counted_on'] if 'counted_on' in columns
    else ['period_type', 'period_end'] if 'period_type' in columns
    else ['period_end'] -%}
{{ name }}_claims as (
{{ claims(name, population, feeds, dated_by + breakdowns, labels) }}
),

{% if 'counted_on' in columns %}
{{ name }}_months as (
    select
        last_day(claims.counted_on) as period_end,
        {{ breakdown_of_cell(breakdowns) }},
        {{ slot_sums(slots) }}
    from {{ name }}_claims as claims
    where claims.counted_on is not null
    group by {{ grouping_sets('last_day(claims.counted_on)', breakdowns) }}
),

{{ name }}_cells as (
    select
        periods.period_type,
        periods.period_end,
        cells.breakdown,
        cells.breakdown_value,
        {{ slot_totals(slots) }}
    from {{ name }}_months as cells
    inner join {{ periods }} as periods
        on cells.period_end >= periods.period_start and cells.period_end <= periods.period_end
    where cells.breakdown_value is not null
    group by periods.period_type, periods.period_end, cells.breakdown, cells.breakdown_value
)
{%- else %}
{%- set grain = 'claims.' ~ dated_by | join(', claims.') -%}
{{ name }}_months as (
    select
        {{ grain }},
        {{ breakdown_of_cell(breakdowns) }},
        {{ slot_sums(slots) }}
    from {{ name }}_claims as claims
    group by {{ grouping_sets(grain, breakdowns) }}
),

{{ name }}_cells as (
    select cells.*{{ ', periods.period_type' if 'period_type' not in columns }}
    from {{ name }}_months as cells
    {% if 'period_type' not in columns -%}
    inner join {{ periods }} as periods on cells.period_end = periods.period_end
    {% endif -%}
    where cells.breakdown_value is not null
)
{%- endif -%}
{%- if medians %},

{# Claims of their own: DuckDB writes down what is read twice. -#}
{{ name }}_amounts as (
{{ claims(name, population, medians, dated_by + breakdowns, labels) }}
),

{{ name }}_medians as (
    select
        periods.period_type,
        periods.period_end,
        {{ breakdown_of_cell(breakdowns) }}
        {%- for slot in slots_of(medians) %},
        median(claims.value_{{ slot }}) as middle_{{ slot }}
        {%- endfor %}
    from {{ name }}_amounts as claims
    inner join {{ periods }} as periods
        {% if 'counted_on' in columns -%}
        on claims.counted_on >= periods.period_start and claims.counted_on <= periods.period_end
        {% elif 'period_type' in columns -%}
        on claims.period_type = periods.period_type and claims.period_end = periods.period_end
        {% else -%}
        on claims.period_end = periods.period_end
        {% endif -%}
    group by {{ grouping_sets('periods.period_type, periods.period_end', breakdowns) }}
)
{%- endif -%}
{%- endmacro %}

{# A grain as a whole and by each breakdown. #}
{% macro grouping_sets(grain, breakdowns) -%}
    grouping sets (
        ({{ grain }}){% for breakdown in breakdowns %},
        ({{ grain }}, claims.{{ breakdown }}){% endfor %}
    )
{%- endmacro %}

{# Which breakdown a cell is of, and which value. #}
{% macro breakdown_of_cell(breakdowns) -%}
    case
        {% for name in breakdowns -%}
        when grouping(claims.{{ name }}) = 0 then '{{ name }}'
        {% endfor -%}
        else 'all'
    end as breakdown,
    case
        {% for name in breakdowns -%}
        when grouping(claims.{{ name }}) = 0 then claims.{{ name }}
        {% endfor -%}
        else 'all'
    end as breakdown_value
{%- endmacro %}

{# Per slot: numerator, denominator, maximum, and how many cases are unknown, without evidence or excluded. #}
{% macro slot_sums(slots) -%}
    {%- for slot, slot_feeds in slots %}
        {%- set feed = slot_feeds[0] %}
        {%- set value = 'claims.value_' ~ slot %}
        {%- set because = 'claims.because_' ~ slot %}
        {%- set exact = 'integer' if feed.kind == 'truth' else 'decimal(38, 18)' %}
        sum(cast({{ value }} as {{ exact }})) as numerator_{{ slot }},
        {% if feed.kind == 'ratio' -%}
        sum(cast(claims.out_of_{{ slot }} as {{ exact }})) as denominator_{{ slot }},
        {% else -%}
        count({{ value }}) as denominator_{{ slot }},
        {% endif -%}
        {% if 'max' in slot_feeds | map(attribute='counted_as') -%}
        max(cast({{ value }} as {{ exact }})) as greatest_{{ slot }},
        {% endif -%}
        count_if({{ value }} is null and {{ because }} like 'unknown:%') as unknown_{{ slot }},
        count_if({{ value }} is null and {{ because }} like 'excluded:%') as excluded_{{ slot }},
        count_if({{ value }} is not null and {{ because }} like 'missing:%') as missing_{{ slot }},
        {{ 'coalesce(bool_or(claims.provisional_' ~ slot ~ '), false)' if feed.provisional else 'false' }} as provisional_{{ slot }},
        {{ 'max(cast(claims.label_' ~ slot ~ ' as string))' if feed.label else 'cast(null as string)' }} as label_{{ slot }}
        {{- ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# The months of a period added up. #}
{% macro slot_totals(slots) -%}
    {%- for slot, slot_feeds in slots %}
        {%- for part in ['numerator', 'denominator', 'unknown', 'excluded', 'missing'] %}
        sum(cells.{{ part }}_{{ slot }}) as {{ part }}_{{ slot }},
        {%- endfor %}
        {%- if 'max' in slot_feeds | map(attribute='counted_as') %}
        max(cells.greatest_{{ slot }}) as greatest_{{ slot }},
        {%- endif %}
        bool_or(cells.provisional_{{ slot }}) as provisional_{{ slot }},
        max(cells.label_{{ slot }}) as label_{{ slot }}
        {{- ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Columns to rows: one line per feed, period and part that has a case counted, unknown or excluded. #}
{% macro lines_of(name, feeds) -%}
{%- set slots = slots_of(feeds) -%}
{%- set greatest = slots_of(feeds | selectattr('counted_as', 'equalto', 'max') | list) -%}
{%- set medians = slots_of(feeds | selectattr('counted_as', 'equalto', 'median') | list) -%}
{{ name }}_lines as (
    select
        feeds.measure_number,
        feeds.statistic,
        feeds.counted_as,
        cells.period_type,
        cells.period_end,
        cells.breakdown,
        cells.breakdown_value,
        {% if greatest -%}
        case
            when feeds.counted_as = 'max' then {{ of_slot('cells.greatest', greatest, 'double') }}
            else {{ of_slot('cells.numerator', slots, 'double') }}
        end as numerator,
        {% else -%}
        {{ of_slot('cells.numerator', slots, 'double') }} as numerator,
        {% endif -%}
        {{ of_slot('cells.denominator', slots, 'double') }} as denominator,
        {{ of_slot('medians.middle', medians, 'double') }} as middle,
        {{ of_slot('cells.unknown', slots, 'bigint') }} as n_unknown,
        {{ of_slot('cells.missing', slots, 'bigint') }} as n_missing_evidence,
        {{ of_slot('cells.excluded', slots, 'bigint') }} as n_excluded,
        {{ of_slot('cells.provisional', slots, 'boolean') }} as is_provisional,
        {{ of_slot('cells.label', slots, 'string') }} as carried_from
    from {{ name }}_cells as cells
    cross join {{ feeds_as_rows(feeds) }}
    {% if medians -%}
    left join {{ name }}_medians as medians
        on cells.period_type = medians.period_type
        and cells.period_end = medians.period_end
        and cells.breakdown = medians.breakdown
        and cells.breakdown_value = medians.breakdown_value
    {% endif -%}
)
{%- endmacro %}

{# The lines of a table that nothing feeds. #}
{% macro no_lines() -%}
    {{ no_rows({
        'measure_number': 'integer',
        'statistic': 'string',
        'counted_as': 'string',
        'period_type': 'string',
        'period_end': 'date',
        'breakdown': 'string',
        'breakdown_value': 'string',
        'numerator': 'double',
        'denominator': 'double',
        'middle': 'double',
        'n_unknown': 'bigint',
        'n_missing_evidence': 'bigint',
        'n_excluded': 'bigint',
        'is_provisional': 'boolean',
        'carried_from': 'string',
    }) }}
{%- endmacro %}
