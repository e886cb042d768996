{# Schemas are named as written in dbt_project.yml: readers look for `marts`, whoever builds. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
