-- The values that a column can have, listed in its yml (`values`) so that a feed can be restricted to one of them, are those
-- that its rows have, or `not recorded`. Returns the columns that have others.
-- Runs last, after the marts: depends_on: {{ ref('safe_from_harm') }}, {{ ref('full_potential') }}
-- depends_on: {{ ref('positive_contribution') }}, {{ ref('healthy_lives') }}
{% set listed = [] -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and not is_left_out(node) -%}
        {%- for column in node.columns.values() -%}
            {%- set values = column.config.meta.get('values') -%}
            {%- if values is sequence and values is not string -%}{%- do listed.append((node, column.name, values)) -%}{%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}
{%- for node, column, values in listed %}
select '{{ node.name }}.{{ column }} has other values than its yml lists' as what_is_wrong
from {{ node.relation_name }}
where cast({{ column }} as string) not in ('not recorded', '{{ values | join("', '") }}')
having count(*) > 0
{{ 'union all' if not loop.last }}
{%- else -%}
select '' as what_is_wrong
where false
{%- endfor %}
