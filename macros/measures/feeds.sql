{#
What a population's columns feed, read from their `meta.feeds` in dbt's graph: one dict per feed with
measure, statistic, as, column, kind, only, out_of, because, provisional, label and slot. A count is of cases, or with `adds_up` of
what its number column adds up to. Feeds that count the same column in the same
way share a slot, so that it is summed once. `measures` are the [first, last] ranges of measure numbers asked for; none asks for
all. What the night left out feeds nothing. The graph is empty while dbt parses; a unit test of a mart overrides this macro.
#}
{% macro feeds_of(population, measures=none) %}
    {%- set feeds = [] -%}
    {%- set slots = [] -%}
    {%- if execute and not is_left_out(model_node(population)) -%}
        {%- for column in model_node(population).columns.values() -%}
            {%- for feed in (column.config.meta or column.meta).get('feeds', []) if measures is none or is_within(feed.measure, measures) -%}
                {%- set counted = [
                    column.name,
                    'amount' if feed.get('as', 'pct') in ('mean', 'median', 'max') or feed.out_of or feed.adds_up else 'truth',
                    feed.get('only', {}),
                    feed.get('out_of'),
                    feed.get('because', 'because'),
                    feed.get('provisional'),
                    feed.get('label'),
                ] -%}
                {%- if counted not in slots -%}{%- do slots.append(counted) -%}{%- endif -%}
                {%- do feeds.append({
                    'measure': feed.measure,
                    'statistic': feed.statistic,
                    'as': feed.get('as', 'pct'),
                    'column': counted[0],
                    'kind': counted[1],
                    'only': counted[2],
                    'out_of': counted[3],
                    'because': counted[4],
                    'provisional': counted[5],
                    'label': counted[6],
                    'slot': slots.index(counted) + 1,
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(feeds) }}
{% endmacro %}

{# Whether the night left a model out, since its extracts give nothing to tell from it. By hand, nothing is left out. #}
{% macro is_left_out(node) %}
    {{ return('untold' in node.tags) }}
{% endmacro %}

{# Whether a measure is in one of the ranges a mart names. #}
{% macro is_within(measure, measures) %}
    {%- set within = [] -%}
    {%- for first, last in measures if first <= measure <= last -%}{%- do within.append(measure) -%}{%- endfor -%}
    {{ return(within | length > 0) }}
{% endmacro %}

{# The same as a condition on rows. #}
{% macro within(measures) -%}
    {%- for first, last in measures %}{{ ' or ' if not loop.first }}measure_number between {{ first }} and {{ last }}{% endfor %}
{%- endmacro %}

{# The relations among these that the night did not leave out. #}
{% macro built_only(relations) %}
    {%- set built = [] -%}
    {%- for relation in relations if execute and not is_left_out(model_node(relation.identifier)) -%}
        {%- do built.append(relation) -%}
    {%- endfor -%}
    {{ return(built) }}
{% endmacro %}

{# The populations that these counts are of, as dbt knows them. #}
{% macro populations_behind(counts) %}
    {%- set populations = [] -%}
    {%- for relation in counts if execute -%}
        {%- for parent in model_node(relation.identifier).depends_on.nodes if graph.nodes[parent].fqn[1] == 'populations' -%}
            {%- do populations.append(graph.nodes[parent]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(populations) }}
{% endmacro %}

{# A table without rows, of these columns: name and type. #}
{% macro no_rows(columns) -%}
    select
        {%- for column, data_type in columns.items() %}
        cast(null as {{ data_type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
{%- endmacro %}

{# The names of a population's columns, as its yml describes them. #}
{% macro columns_of(population) %}
    {{ return(model_node(population).columns.keys() | list if execute else []) }}
{% endmacro %}

{# What dbt knows of a model of this project. #}
{% macro model_node(name) %}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ name]) }}
{% endmacro %}

{# The breakdowns of a population: those that every measure table has, and the further ones among its columns. #}
{% macro breakdowns_of(population) %}
    {{ return(breakdown_names() + (further_breakdown_names() | select('in', columns_of(population)) | list)) }}
{% endmacro %}

{# The rows that a feed is restricted to, as a condition. #}
{% macro only_rows(only) -%}
    {%- for column, value in only.items() %}
    {{- ' and ' if not loop.first }}{{ column }} = {{ "'" ~ value ~ "'" if value is string else value }}
    {%- endfor -%}
{%- endmacro %}

{# Feeds as rows: the statistic that each feeds, how it is counted and the slot that holds its sums. #}
{% macro feeds_as_rows(feeds) -%}
    (
        values
        {%- for feed in feeds %}
        ({{ feed.measure }}, '{{ feed.statistic }}', '{{ feed.as }}', {{ feed.slot }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as feeds (measure_number, statistic, counted_as, slot)
{%- endmacro %}
