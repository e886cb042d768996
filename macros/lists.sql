{# Questions to a list of codes (the yes flags of a JSON column); an empty list and no list at all answer alike. #}

{# A code is among them. #}
{% macro has_code(codes, code) -%}
    coalesce(array_contains({{ codes }}, '{{ code }}'), false)
{%- endmacro %}

{# There is any code at all. #}
{% macro has_any(codes) %}{{ return(adapter.dispatch('has_any')(codes)) }}{% endmacro %}
{% macro default__has_any(codes) -%}
    coalesce(len({{ codes }}) > 0, false)
{%- endmacro %}
{% macro spark__has_any(codes) -%}
    coalesce(size({{ codes }}) > 0, false)
{%- endmacro %}

{# There is a code besides those named. #}
{% macro has_other_than(codes, named) %}{{ return(adapter.dispatch('has_other_than')(codes, named)) }}{% endmacro %}
{% macro default__has_other_than(codes, named) -%}
    coalesce(not list_has_all(['{{ named | join("', '") }}'], {{ codes }}), false)
{%- endmacro %}
{% macro spark__has_other_than(codes, named) -%}
    coalesce(size(array_except({{ codes }}, array('{{ named | join("', '") }}'))) > 0, false)
{%- endmacro %}

{# The texts of a group as one, in an order. #}
{% macro joined(text, separator, order_by) %}{{ return(adapter.dispatch('joined')(text, separator, order_by)) }}{% endmacro %}
{% macro default__joined(text, separator, order_by) -%}
    string_agg({{ text }}, {{ separator }} order by {{ order_by }})
{%- endmacro %}
{% macro spark__joined(text, separator, order_by) -%}
    listagg({{ text }}, {{ separator }}) within group (order by {{ order_by }})
{%- endmacro %}

{# What dbt writes a value of a truth table with; Spark makes no list of a text, `[NFA, OTHER]`, so it is taken apart. #}
{% macro spark__safe_cast(field, type) -%}
    {%- if type == 'array<string>' and field != 'null' -%}
    filter(split(trim(both '[]' from {{ field }}), ', *'), code -> code <> '')
    {%- else -%}
    cast({{ field }} as {{ type }})
    {%- endif -%}
{%- endmacro %}
