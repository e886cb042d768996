{#
What a population's columns feed, read from their `meta.feeds` in dbt's graph: one dict per feed with
measure, statistic, counted_as, value (its column), kind, only, out_of, because, provisional, label and slot. A `ratio` is an amount out
of another; an `amount` is what a mean, a median or a maximum is of, or with `adds_up` a count of more than cases; all else is a
`truth`. Feeds that count the same column in the same way share a slot, so that it is summed once. `measures` are the [first, last]
ranges of measure numbers asked for; none asks for all. What the night left out feeds nothing. The graph is empty while dbt
parses; a unit test of a mart overrides this macro.
#}
{% macro feeds_of(population, measures=none) %}
    {%- set feeds = [] -%}
    {%- set slots = [] -%}
    {%- if execute and not is_left_out(model_node(population)) -%}
        {%- for column in model_node(population).columns.values() -%}
            {%- for feed in column.config.meta.get('feeds', []) if measures is none or is_within(feed.measure, measures) -%}
                {%- set counted_as = feed.get('as', 'pct') -%}
                {%- set is_amount = feed.adds_up or counted_as in ('mean', 'median', 'max') -%}
                {%- set counted = {
                    'value': column.name,
                    'kind': 'ratio' if feed.out_of else 'amount' if is_amount else 'truth',
                    'only': feed.only,
                    'out_of': feed.out_of,
                    'because': feed.get('because', 'because'),
                    'provisional': feed.provisional,
                    'label': feed.label,
                } -%}
                {%- if counted not in slots -%}{%- do slots.append(counted) -%}{%- endif -%}
                {%- do feeds.append(dict(
                    counted,
                    measure=feed.measure,
                    statistic=feed.statistic,
                    counted_as=counted_as,
                    slot=slots.index(counted) + 1,
                )) -%}
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
    {%- for relation in counts -%}{%- do populations.extend(read_from('populations', relation.identifier)) -%}{%- endfor -%}
    {{ return(populations) }}
{% endmacro %}

{# The models of a folder that a model reads, as dbt knows them; none while dbt parses. #}
{% macro read_from(folder, name) %}
    {%- set models = [] -%}
    {%- for parent in (model_node(name).depends_on.nodes if execute else []) if graph.nodes[parent].fqn[1] == folder -%}
        {%- do models.append(graph.nodes[parent]) -%}
    {%- endfor -%}
    {{ return(models) }}
{% endmacro %}

{# The measures of a mart that have a statistic counted in this way. #}
{% macro measures_counted_as(counted_as, mart) %}
    {%- set measures = [] -%}
    {%- for counts in read_from('counts', mart) -%}
        {%- for population in read_from('populations', counts.name) -%}
            {%- for feed in feeds_of(population.name) if feed.counted_as == counted_as -%}{%- do measures.append(feed.measure) -%}{%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(measures | unique | list) }}
{% endmacro %}

{# A table without rows, of these columns: name and type. #}
{% macro no_rows(columns) -%}
    select
        {%- for column, data_type in columns.items() %}
        cast(null as {{ data_type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
{%- endmacro %}

{# The names of a population's columns, as its yml describes them; with `sensitivity`, of those of that class. #}
{% macro columns_of(population, sensitivity=none) %}
    {%- set names = [] -%}
    {%- for column in (model_node(population).columns.values() if execute else []) if sensitivity in (none, column.config.meta.sensitivity) -%}
        {%- do names.append(column.name) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}

{# What dbt knows of a model of this project. #}
{% macro model_node(name) %}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ name]) }}
{% endmacro %}

{# The breakdowns of a population: those that every measure table has, and the further ones among its columns. #}
{% macro breakdowns_of(population) %}
    {{ return(breakdown_names() + (further_breakdown_names() | select('in', columns_of(population)) | list)) }}
{% endmacro %}

{# Feeds as rows: the statistic that each feeds, how and what it counts, and the slot that holds its claims. #}
{% macro feeds_as_rows(feeds) -%}
    (
        values
        {%- for feed in feeds %}
        ({{ feed.measure }}, '{{ feed.statistic }}', '{{ feed.counted_as }}', '{{ feed.kind }}', {{ feed.slot }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as feeds (measure_number, statistic, counted_as, kind, slot)
{%- endmacro %}

{# The part of a claim, or of what claims come to, that the slot of a feed has; null for the slots that have none. #}
{% macro of_slot(part, slots, data_type) -%}
    {%- if slots -%}
    case feeds.slot
        {%- for slot in slots %} when {{ slot }} then cast({{ part }}_{{ slot }} as {{ data_type }}){% endfor %} end
    {%- else -%}
    cast(null as {{ data_type }})
    {%- endif -%}
{%- endmacro %}

{# The slots of feeds; with `having`, those that have this part of a claim. #}
{% macro slots_of(feeds, having='value') %}
    {{ return(feeds | selectattr(having) | map(attribute='slot') | unique | list) }}
{% endmacro %}
