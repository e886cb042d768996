{#
Numbers and days in words: one rounding for all who read them. The marts are written with these macros, and the pages and the terminal
ask with them (`csc_measures.words`), so they take SQL and give SQL, know no model, and no two texts of one number differ.
#}

{# A number with so many decimals, rounded half up, and commas between thousands. What is rounded to nothing has no sign: -0.0 + 0 is 0. #}
{% macro shown(number, decimals) %}{{ return(adapter.dispatch('shown')(number, decimals)) }}{% endmacro %}
{% macro default__shown(number, decimals) -%}
    case {{ decimals }}
        when 0 then format('{:,.0f}', round(cast({{ number }} as double), 0) + 0)
        when 1 then format('{:,.1f}', round(cast({{ number }} as double), 1) + 0)
        else format('{:,.2f}', round(cast({{ number }} as double), 2) + 0)
    end
{%- endmacro %}
{% macro spark__shown(number, decimals) -%}
    case {{ decimals }}
        when 0 then format_number(round({{ number }}, 0), 0)
        when 1 then format_number(round({{ number }}, 1), 1)
        else format_number(round({{ number }}, 2), 2)
    end
{%- endmacro %}

{# A number rounded to so many decimals, which may stand in a column: Spark rounds to a literal alone. #}
{% macro rounded(number, decimals) -%}
    case {{ decimals }} when 0 then round({{ number }}, 0) when 1 then round({{ number }}, 1) else round({{ number }}, 2) end
{%- endmacro %}

{# A number without decimals that say nothing. #}
{% macro shown_short(number, decimals) -%}
    case
        when {{ rounded(number, decimals) }} = round({{ number }}, 0) then {{ shown(number, 0) }}
        else {{ shown(number, decimals) }}
    end
{%- endmacro %}

{# A number and its noun, one or several. #}
{% macro several(number, text, one, many) -%}
    {{ text }} || ' ' || case when {{ number }} = 1 then {{ one }} else {{ many }} end
{%- endmacro %}

{# A value with its sign, if it has one. #}
{% macro valued(value, unit, decimals) -%}
    {{ shown(value, decimals) }} || case when {{ unit }} = 'pct' then '%' else '' end
{%- endmacro %}

{# A percentage of which the unit needs no telling. #}
{% macro share_told(percent) -%}
    {{ shown(percent, 1) }} || '%'
{%- endmacro %}

{# The cases behind a value; null for a count, which is their number itself. #}
{% macro cases_told(numerator, denominator, unit) -%}
    case
        when {{ unit }} in ('pct', 'rate_per_10k')
            then {{ shown_short(numerator, 1) }} || ' of ' || {{ shown_short(denominator, 1) }}
        when {{ unit }} in ('mean', 'median', 'days')
            then {{ several(denominator, shown_short(denominator, 1), "'case'", "'cases'") }}
    end
{%- endmacro %}

{# From one value to another. #}
{% macro span_told(low, high, unit, decimals) -%}
    {{ shown(low, decimals) }} || ' to ' || {{ valued(high, unit, decimals) }}
{%- endmacro %}

{# A target, and on which side of it is good. #}
{% macro target_told(target, unit, good) -%}
    case {{ good }} when 'high' then '≥ ' when 'low' then '≤ ' else '' end
    || {{ shown_short(target, 1) }}
    || case when {{ unit }} = 'pct' then '%' else '' end
{%- endmacro %}

{# How a value stands to its target: by its colour, or by the one that it would have, were the target agreed. #}
{% macro against_target_told(rag, rag_if_agreed, target_basis) -%}
    case coalesce({{ rag }}, {{ rag_if_agreed }})
        when 'green' then 'Meets target'
        when 'amber' then 'Near target'
        when 'red' then 'Misses target'
    end || case when {{ rag }} is null then ', ' || {{ target_basis }} else '' end
{%- endmacro %}

{# What a value is, or why there is none; null for one of which nothing needs saying. #}
{% macro status_told(value_status) -%}
    case {{ value_status }}
        when 'no_denominator' then 'No case'
        when 'not_loaded' then 'Not loaded'
        when 'not_computable' then 'Cannot be worked out'
        when 'narrative' then 'Narrative'
        when 'provisional' then 'Provisional'
        when 'confidential' then 'Suppressed'
    end
{%- endmacro %}

{# The name of a month and its year. #}
{% macro month_in_words(day) -%}
    case month({{ day }})
        {%- for name in ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'] %}
        when {{ loop.index }} then '{{ name }}'
        {%- endfor %}
    end || ' ' || year({{ day }})
{%- endmacro %}

{# A day of a month. #}
{% macro day_in_words(day) -%}
    day({{ day }}) || ' ' || {{ month_in_words(day) }}
{%- endmacro %}
