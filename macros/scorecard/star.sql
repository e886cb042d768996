{# The key of a period: its end, and which type it is. #}
{% macro period_key(row) -%}
    cast(
        (year({{ row }}.period_end) * 10000 + month({{ row }}.period_end) * 100 + day({{ row }}.period_end)) * 10
        + case {{ row }}.period_type when 'month' then 1 when 'ytd' then 2 else 3 end
        as bigint
    )
{%- endmacro %}

{# Whether people are counted anew in each period, so that months do not add up to longer ones: their population says of which, whether
a night built it or not. #}
{% macro counts_anew_in_each_period() -%}
    case
        when false then true
        {%- for node in (graph.nodes.values() if execute else []) if node.resource_type == 'model' and node.fqn[1] == 'populations' %}
        {%- for column in (node.columns.values() if 'period_type' in node.columns else []) %}
        {%- for feed in column.config.meta.get('feeds', []) %}
        when measure_number = {{ feed.measure }} and statistic = '{{ feed.statistic }}' then true
        {%- endfor %}
        {%- endfor %}
        {%- endfor %}
        else false
    end
{%- endmacro %}
