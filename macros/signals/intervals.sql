{# 95% intervals of counted cases, both ends by the methods that public health uses ("Uncertainty and signals" in definitions/conventions.md). #}

{# The point of the normal distribution that 2.5% lie beyond. #}
{% macro z_of_95() %}1.959963984540054{% endmacro %}

{# How the interval of a statistic is worked out, by the feeds of the populations counted; null where they carry no cases. #}
{% macro interval_methods(counts, measures) -%}
    {%- set methods = {'pct': 'Wilson', 'count': 'Byar', 'rate_per_10k': 'Byar'} -%}
    case
        when false then ''
        {%- for population in populations_behind(counts) %}
        {%- for feed in feeds_of(population.name, measures) if feed.kind == 'truth' and feed.counted_as in methods %}
        when measure_number = {{ feed.measure }} and statistic = '{{ feed.statistic }}' then '{{ methods[feed.counted_as] }}'
        {%- endfor %}
        {%- endfor %}
    end
{%- endmacro %}

{#
One end of the interval of a value, `lower` or `upper`: Wilson's of a percentage; of a count or a rate the exact limits below 10 cases,
Byar's from 10 on. Null without a method, without a denominator where there has to be one, and where the numerator is no number of cases.
#}
{% macro interval_end(end, row) -%}
    case
        when {{ row }}.numerator <> floor({{ row }}.numerator) or {{ row }}.denominator = 0 then null
        when {{ row }}.interval_method = 'Wilson' then {{ wilson(end, row ~ '.numerator', row ~ '.denominator') }}
        when {{ row }}.interval_method = 'Byar' and {{ row }}.unit = 'rate_per_10k'
            then 10000 * {{ of_a_count(end, row ~ '.numerator') }} / {{ row }}.denominator
        when {{ row }}.interval_method = 'Byar' then {{ of_a_count(end, row ~ '.numerator') }}
    end
{%- endmacro %}

{# Wilson's interval of a proportion, in percent; nobody and everybody have an end at 0 or 100. #}
{% macro wilson(end, numerator, denominator) -%}
    {%- set z = z_of_95() -%}
    case
        when {{ numerator }} = {{ '0' if end == 'lower' else denominator }} then {{ '0' if end == 'lower' else '100' }}
        else 100 * (
            {{ numerator }} + {{ z }} * {{ z }} / 2
            {{ '-' if end == 'lower' else '+' }} {{ z }} * sqrt(
                {{ numerator }} * ({{ denominator }} - {{ numerator }}) / {{ denominator }} + {{ z }} * {{ z }} / 4
            )
        ) / ({{ denominator }} + {{ z }} * {{ z }})
    end
{%- endmacro %}

{# The interval of a count that could have been any: exact (from the chi-squared distribution) below 10, Byar's approximation else. #}
{% macro of_a_count(end, count) -%}
    {%- set exact = {
        'lower': [
            0, 0.025317807984, 0.242209278544, 0.618672122896, 1.089865373626,
            1.623486390118, 2.201894253491, 2.81436305152, 3.453832176749, 4.115373097378,
        ],
        'upper': [
            3.688879454114, 5.571643390939, 7.224687667724, 8.767273069742, 10.241588675404,
            11.668332079323, 13.059474022519, 14.422675361702, 15.763189220193, 17.084803451419,
        ],
    } -%}
    {%- set sign, cases = ('-', count) if end == 'lower' else ('+', '(' ~ count ~ ' + 1)') -%}
    case cast({{ count }} as bigint)
        {%- for limit in exact[end] %}
        when {{ loop.index0 }} then {{ limit }}
        {%- endfor %}
        else {{ cases }} * power(1 - 1 / (9 * {{ cases }}) {{ sign }} {{ z_of_95() }} / (3 * sqrt({{ cases }})), 3)
    end
{%- endmacro %}
