{#
A number beside its target. This is the one place that says which target holds for a number, and what colour it gives. `rows` and
`targets` are names of what a query reads: numbers with measure_number, statistic, period_type, period_end, value, value_status and the
`good` of their measure, and rows of stg_agreement__targets, of which at most one holds for each number.
#}

{# Whether a target holds for a number of `service_area`: `all`, a service area, or null for any other part, which has none. #}
{% macro target_holds(rows, targets, service_area) -%}
    {{ rows }}.measure_number = {{ targets }}.measure_number
    and {{ rows }}.statistic = {{ targets }}.statistic
    and {{ rows }}.period_type = {{ targets }}.period_type
    and {{ service_area }} = {{ targets }}.service_area
    and {{ rows }}.period_end >= coalesce({{ targets }}.valid_from, {{ forever_ago() }})
    and {{ rows }}.period_end <= coalesce({{ targets }}.valid_to, {{ forever() }})
{%- endmacro %}

{#
The service area that a row of a measure table is about: `all`, an area, or null. A key of its own, for a join that compares nothing
but keys of both sides is not made row by row.
#}
{% macro service_area_of(rows) -%}
    case when {{ rows }}.breakdown in ('all', 'service_area') then {{ rows }}.breakdown_value end
{%- endmacro %}

{# The target of a number, where there is a number to hold against it and the target is agreed. #}
{% macro agreed_target(rows, targets) -%}
    case when {{ targets }}.basis = 'agreed' and {{ is_told(rows) }} then {{ targets }}.target end
{%- endmacro %}

{# green, amber or red by an agreed target. #}
{% macro rag(rows, targets) -%}
    case when {{ targets }}.basis = 'agreed' then {{ colour(rows, targets) }} end
{%- endmacro %}

{# What the colour would be, were a target agreed that is proposed or assumed. #}
{% macro rag_if_agreed(rows, targets) -%}
    case when {{ targets }}.basis <> 'agreed' then {{ colour(rows, targets) }} end
{%- endmacro %}

{# The colour of the unrounded value, whatever the target rests on; null where neither high nor low is good. #}
{% macro colour(rows, targets) -%}
    case
        when not {{ is_told(rows) }} then null
        {%- for good, better, sign in [('high', '>=', '-'), ('low', '<=', '+')] %}
        when {{ rows }}.good = '{{ good }}' and {{ rows }}.value {{ better }} {{ targets }}.target then 'green'
        when
            {{ rows }}.good = '{{ good }}'
            and {{ rows }}.value {{ better }} {{ targets }}.target {{ sign }} {{ targets }}.amber_tolerance then 'amber'
        when {{ rows }}.good = '{{ good }}' then 'red'
        {%- endfor %}
    end
{%- endmacro %}

{# Whether there is a number: narrative measures, those not loaded and those with nobody to count from have none. #}
{% macro is_told(rows) -%}
    {{ rows }}.value_status in ('ok', 'provisional')
{%- endmacro %}
