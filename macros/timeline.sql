{#
Who or what prevails on a day. Of the overlapping rows of one key, each stretch of days goes to the row that comes first
in `order_by`; the answer never overlaps itself, so a question about a day is one join:
`on t.key = x.key and x.day >= t.from_on and x.day < t.until_on`.

relation   a CTE before this one: rows with the key, `from_on` (first day), `until_on` (first day after; null: open) and the columns of `values`
key        the column that owns the timeline
values     columns carried from the prevailing row
order_by   which of several rows prevails
#}
{% macro timeline(relation, key, values, order_by='from_on desc') -%}
spells as (
    select
        {{ key }},
        {{ values | join(',\n        ') }},
        from_on,
        coalesce(until_on, {{ forever() }}) as until_on,
        row_number() over (partition by {{ key }} order by {{ order_by }}) as precedence
    from {{ relation }}
    where {{ key }} is not null and from_on is not null and from_on < coalesce(until_on, {{ forever() }})
),

boundaries as (
    select {{ key }}, from_on as day from spells
    union
    select {{ key }}, until_on as day from spells
),

stretches as (
    select
        {{ key }},
        day as from_on,
        lead(day) over (partition by {{ key }} order by day) as until_on
    from boundaries
)

select
    stretches.{{ key }},
    stretches.from_on,
    stretches.until_on,
    {% for value in values -%}
    spells.{{ value }}{{ ',' if not loop.last }}
    {% endfor %}
from stretches
inner join spells
    on stretches.{{ key }} = spells.{{ key }}
    and stretches.from_on >= spells.from_on
    and stretches.from_on < spells.until_on
where stretches.until_on is not null
qualify row_number() over (partition by stretches.{{ key }}, stretches.from_on order by spells.precedence) = 1
{%- endmacro %}

{# The day after every day: the end of what is still open. #}
{% macro forever() -%} cast('9999-12-31' as date) {%- endmacro %}

{# A day before every day: the start of what has always been so. #}
{% macro forever_ago() -%} cast('0001-01-01' as date) {%- endmacro %}
