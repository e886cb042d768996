{#
What the cases of a population claim: one row per case. This is the one place that says what a feed means: `counts` adds the
claims up and `evidence` shows them. Of every slot, the feeds that count the same column in the same way, a case has

value_N         the claim, or an amount; null when the case is out
out_of_N        the amount that a ratio's value is out of
because_N       why the case is out or fails; null when it simply has no part in it
provisional_N   whether what is known of the case may yet change, where the feed tells
label_N         the year or quarter that the case is carried from, where the feed tells

and nothing of all this when it lies beyond the feed's `only`.

handed_on   columns of the case that go with its claims; a breakdown value that is none of `labels` is `not recorded`, so that
            no text which stands in the column of a code or a team is published
#}
{% macro claims(population, relation, feeds, handed_on, labels) -%}
    {%- set checked = delivered_breakdown_names() | select('in', handed_on) | list -%}
    select
        {%- for slot, slot_feeds in feeds | groupby('slot') %}
        {%- set feed = slot_feeds[0] %}
        {%- for part in ['value', 'out_of', 'because', 'provisional', 'label'] if feed[part] %}
        {{ claimed(population, feed.only, feed[part]) }} as {{ part }}_{{ slot }},
        {%- endfor %}
        {%- endfor %}
        {%- for column in handed_on %}
        {%- if column in checked %}
        case
            when {{ population }}.{{ column }} is not null then coalesce(known_{{ column }}.breakdown_value, 'not recorded')
        end as {{ column }}
        {%- else %}
        {{ population }}.{{ column }}
        {%- endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }} as {{ population }}
    {%- for column in checked %}
    left join {{ labels }} as known_{{ column }}
        on known_{{ column }}.breakdown = '{{ column }}'
        and {{ population }}.{{ column }} = known_{{ column }}.breakdown_value
    {%- endfor %}
{%- endmacro %}

{# A column of the cases that a feed is not restricted to others than. #}
{% macro claimed(population, only, column) -%}
    {%- if only -%}
        case when
        {%- for name, value in only.items() %}
        {{- ' and' if not loop.first }} {{ population }}.{{ name }} = {{ "'" ~ value ~ "'" if value is string else value }}
        {%- endfor %} then {{ population }}.{{ column }} end
    {%- else -%}
        {{ population }}.{{ column }}
    {%- endif -%}
{%- endmacro %}
