{#
What the populations of one subject come to. Cases become cells of month and breakdown in one pass of grouping sets; cells of
events become periods by joining `periods`; and columns become rows: one for each statistic, period and part that has a case
counted, unknown or excluded.

populations   relations whose columns feed statistics
#}
{% macro counts(populations, periods) -%}
{%- set counted = [] -%}
with
{% for population in populations %}
{%- set feeds = feeds_of(population.identifier) -%}
{%- if feeds %}
{%- do counted.append(population.identifier) -%}
{{ cells(population, feeds, periods) }},

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

{# Cells of one population: its cases summed by period and breakdown, a handful of columns per slot. #}
{% macro cells(population, feeds, periods) -%}
{%- set name = population.identifier -%}
{%- set columns = columns_of(name) -%}
{%- set breakdowns = breakdowns_of(name) -%}
{%- set slots = feeds | groupby('slot') -%}
{%- set medians = feeds | selectattr('as', 'equalto', 'median') | list -%}
{%- set grain = 'cases.period_type, cases.period_end' if 'period_type' in columns else 'cases.period_end' -%}
{%- if 'counted_on' in columns %}
{{ name }}_months as (
    select
        last_day(cases.counted_on) as period_end,
        {{ breakdown_of_cell(breakdowns) }},
        {{ slot_sums(slots) }}
    from {{ population }} as cases
    where cases.counted_on is not null
    group by grouping sets (
        (last_day(cases.counted_on)){% for breakdown in breakdowns %},
        (last_day(cases.counted_on), cases.{{ breakdown }}){% endfor %}
    )
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
{{ name }}_months as (
    select
        {{ grain }},
        {{ breakdown_of_cell(breakdowns) }},
        {{ slot_sums(slots) }}
    from {{ population }} as cases
    group by grouping sets (
        ({{ grain }}){% for breakdown in breakdowns %},
        ({{ grain }}, cases.{{ breakdown }}){% endfor %}
    )
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

{{ name }}_medians as (
    select
        periods.period_type,
        periods.period_end,
        {{ breakdown_of_cell(breakdowns) }}
        {%- for slot, slot_feeds in medians | groupby('slot') %},
        {%- set feed = slot_feeds[0] %}
        median({{ counted(feed, 'cases.' ~ feed.column) }}) as middle_{{ slot }}
        {%- endfor %}
    from {{ population }} as cases
    inner join {{ periods }} as periods
        {% if 'counted_on' in columns -%}
        on cases.counted_on >= periods.period_start and cases.counted_on <= periods.period_end
        {% elif 'period_type' in columns -%}
        on cases.period_type = periods.period_type and cases.period_end = periods.period_end
        {% else -%}
        on cases.period_end = periods.period_end
        {% endif -%}
    group by grouping sets (
        (periods.period_type, periods.period_end){% for breakdown in breakdowns %},
        (periods.period_type, periods.period_end, cases.{{ breakdown }}){% endfor %}
    )
)
{%- endif -%}
{%- endmacro %}

{# Which breakdown a cell is of, and which value. #}
{% macro breakdown_of_cell(breakdowns) -%}
    case
        {% for name in breakdowns -%}
        when grouping(cases.{{ name }}) = 0 then '{{ name }}'
        {% endfor -%}
        else 'all'
    end as breakdown,
    case
        {% for name in breakdowns -%}
        when grouping(cases.{{ name }}) = 0 then cases.{{ name }}
        {% endfor -%}
        else 'all'
    end as breakdown_value
{%- endmacro %}

{# A column restricted to the rows of its feed. #}
{% macro counted(feed, column) -%}
    {%- if feed.only -%} case when {{ only_rows(feed.only) }} then {{ column }} end {%- else -%} {{ column }} {%- endif -%}
{%- endmacro %}

{# The exact form of what is summed: 1 or 0 for a claim, a decimal for an amount. #}
{% macro summand(feed, column) -%}
    cast({{ counted(feed, column) }} as {{ 'decimal(38, 18)' if feed.kind == 'amount' else 'integer' }})
{%- endmacro %}

{# Per slot: numerator, denominator, maximum, and how many cases are unknown, without evidence or excluded. #}
{% macro slot_sums(slots) -%}
    {%- for slot, slot_feeds in slots %}
        {%- set feed = slot_feeds[0] -%}
        {%- set within = only_rows(feed.only) ~ ' and ' if feed.only else '' %}
        sum({{ summand(feed, 'cases.' ~ feed.column) }}) as numerator_{{ slot }},
        {% if feed.out_of -%}
        sum(cast({{ counted(feed, 'cases.' ~ feed.out_of) }} as decimal(38, 18))) as denominator_{{ slot }},
        {% else -%}
        count({{ counted(feed, 'cases.' ~ feed.column) }}) as denominator_{{ slot }},
        {% endif -%}
        {% if slot_feeds | selectattr('as', 'equalto', 'max') | list -%}
        max({{ summand(feed, 'cases.' ~ feed.column) }}) as greatest_{{ slot }},
        {% endif -%}
        count_if({{ within }}cases.{{ feed.column }} is null and cases.{{ feed.because }} like 'unknown:%') as unknown_{{ slot }},
        count_if({{ within }}cases.{{ feed.column }} is null and cases.{{ feed.because }} like 'excluded:%') as excluded_{{ slot }},
        count_if({{ within }}cases.{{ feed.column }} is not null and cases.{{ feed.because }} like 'missing:%') as missing_{{ slot }},
        {{ 'coalesce(bool_or(cases.' ~ feed.provisional ~ '), false)' if feed.provisional else 'false' }} as provisional_{{ slot }},
        {{ 'max(cast(cases.' ~ feed.label ~ ' as varchar))' if feed.label else 'cast(null as varchar)' }} as label_{{ slot }}
        {{- ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# The months of a period added up. #}
{% macro slot_totals(slots) -%}
    {%- for slot, slot_feeds in slots %}
        {%- for part in ['numerator', 'denominator', 'unknown', 'excluded', 'missing'] %}
        sum(cells.{{ part }}_{{ slot }}) as {{ part }}_{{ slot }},
        {%- endfor %}
        {%- if slot_feeds | selectattr('as', 'equalto', 'max') | list %}
        max(cells.greatest_{{ slot }}) as greatest_{{ slot }},
        {%- endif %}
        bool_or(cells.provisional_{{ slot }}) as provisional_{{ slot }},
        max(cells.label_{{ slot }}) as label_{{ slot }}
        {{- ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Columns to rows: one line per feed, period and part that has a case counted, unknown or excluded. #}
{% macro lines_of(name, feeds) -%}
{%- set slots = feeds | map(attribute='slot') | unique | list -%}
{%- set greatest = feeds | selectattr('as', 'equalto', 'max') | map(attribute='slot') | unique | list -%}
{%- set medians = feeds | selectattr('as', 'equalto', 'median') | map(attribute='slot') | unique | list -%}
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
            when feeds.counted_as = 'max' then {{ of_slot('cells.greatest_', greatest, 'double') }}
            else {{ of_slot('cells.numerator_', slots, 'double') }}
        end as numerator,
        {% else -%}
        {{ of_slot('cells.numerator_', slots, 'double') }} as numerator,
        {% endif -%}
        {{ of_slot('cells.denominator_', slots, 'double') }} as denominator,
        {{ of_slot('medians.middle_', medians, 'double') if medians else 'cast(null as double)' }} as middle,
        {{ of_slot('cells.unknown_', slots, 'bigint') }} as n_unknown,
        {{ of_slot('cells.missing_', slots, 'bigint') }} as n_missing_evidence,
        {{ of_slot('cells.excluded_', slots, 'bigint') }} as n_excluded,
        {{ of_slot('cells.provisional_', slots, 'boolean') }} as is_provisional,
        {{ of_slot('cells.label_', slots, 'varchar') }} as carried_from
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

{# The column of the slot that a feed counts. #}
{% macro of_slot(prefix, slots, data_type) -%}
    case feeds.slot
        {%- for slot in slots %} when {{ slot }} then cast({{ prefix }}{{ slot }} as {{ data_type }}){% endfor %} end
{%- endmacro %}

{# The lines of a table that nothing feeds. #}
{% macro no_lines() -%}
    {{ no_rows({
        'measure_number': 'integer',
        'statistic': 'varchar',
        'counted_as': 'varchar',
        'period_type': 'varchar',
        'period_end': 'date',
        'breakdown': 'varchar',
        'breakdown_value': 'varchar',
        'numerator': 'double',
        'denominator': 'double',
        'middle': 'double',
        'n_unknown': 'bigint',
        'n_missing_evidence': 'bigint',
        'n_excluded': 'bigint',
        'is_provisional': 'boolean',
        'carried_from': 'varchar',
    }) }}
{%- endmacro %}
