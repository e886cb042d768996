{# One row per grain, one query for the whole key. Returns the keys that have more, or a part of the key missing. #}
{% test unique_grain(model, columns) %}
select
    {{ columns | join(',\n    ') }},
    count(*) as n_rows
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 {%- for column in columns %} or bool_or({{ column }} is null) {%- endfor %}
{% endtest %}
