{# Limits and choices of the definitions (definitions/parameters.yml), as this build uses them. #}

{# The value of a parameter: the variable that dbt was given by its name, else its default. #}
{% macro parameter(name) %}
    {%- set defaults = parameter_defaults() -%}
    {%- if name not in defaults -%}
        {{ exceptions.raise_compiler_error("There is no parameter " ~ name ~ ": describe it in definitions/parameters.yml, then type "
            ~ "`python -m csc_measures.definitions.parameters`, or write the name as it stands there.") }}
    {%- endif -%}
    {%- set agreed = {} if model.resource_type == 'unit_test' else var('agreed_parameters', {}) -%}
    {{ return(var(name, agreed.get(name, defaults[name]))) }}
{% endmacro %}

{# Every parameter with its value as a text: a relation of the columns `parameter` and `value`, with its name. #}
{% macro parameter_values(alias) -%}
    (
        values
        {% for name in parameter_defaults() -%}
        {%- set value = parameter(name) -%}
        ('{{ name }}', '{{ value | lower if value is boolean else value }}'){{ ',' if not loop.last }}
        {% endfor -%}
    ) as {{ alias }} (parameter, value)
{%- endmacro %}
