{# A row that breaks a rule of contract/rules.csv, as `marts.data_quality` tells it. `of` is the staged row. #}
{% macro finding(rule, extract, column, of) -%}
    '{{ extract }}' as extract,
    {{ of }}.source_file as file,
    {{ of }}.source_line as line,
    '{{ column }}' as column_name,
    '{{ rule }}' as rule
{%- endmacro %}

{# What the models of models/quality found, but those that the night left out. Nothing of it is removed anywhere. #}
{% macro findings(rules) -%}
    {% for relation in built_only(rules) -%}
    select
        extract,
        file,
        line,
        column_name,
        rule,
        'flagged' as effect,
        1 as n_findings
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {% else -%}
    {{ no_rows({
        'extract': 'string',
        'file': 'string',
        'line': 'integer',
        'column_name': 'string',
        'rule': 'string',
        'effect': 'string',
        'n_findings': 'integer',
    }) }}
    {% endfor -%}
{%- endmacro %}
