{# A text as a whole number; null where it is anything else than digits. #}
{% macro whole_number(text) -%}
    case
        when length({{ text }}) between 1 and 9 and translate({{ text }}, '0123456789', '') = '' then cast({{ text }} as integer)
    end
{%- endmacro %}
