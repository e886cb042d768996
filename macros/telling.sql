{#
What a data test found, in words: each returns a column `what_is_wrong`, a sentence that names measures, periods, tables and
columns but never a value, where dbt itself says only how many rows there were.
#}

{# Which number a row of a measure table is, to begin such a sentence with. #}
{% macro number_of(row) -%}
    'measure ' || {{ row }}.measure_number || ' ' || {{ row }}.statistic || ', ' || {{ row }}.period_type || ' to ' || {{ row }}.period_end
{%- endmacro %}

{#
Shows the sentences of the tests that failed, each behind the name of its test. Runs at the end of every command, of which
only those that test have results.
#}
{% macro tell_what_is_wrong(results) %}
    {%- set shown = 20 -%}
    {%- for result in (results if execute and flags.WHICH in ('build', 'test') else []) if result.status == 'fail' and 'what_is_wrong' in result.node.compiled_code -%}
        {%- set sentences = run_query(
            'select distinct what_is_wrong from (' ~ result.node.compiled_code ~ ') as found order by what_is_wrong'
        ).columns[0].values() -%}
        {%- for sentence in sentences[:shown] -%}
            {%- do log(result.node.name ~ ': ' ~ sentence, info=true) -%}
        {%- endfor -%}
        {%- if sentences | length > shown -%}
            {%- do log(result.node.name ~ ': and ' ~ (sentences | length - shown) ~ ' more like these', info=true) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{# Two numbers are not the same, but for the last digits of a division; no number is like no other. #}
{% macro differ(number, other) -%}
    coalesce(abs({{ number }} - {{ other }}) > 1e-9 * (1 + abs({{ number }})), ({{ number }} is null) <> ({{ other }} is null))
{%- endmacro %}
