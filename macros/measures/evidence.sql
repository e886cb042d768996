{#
The cases behind the numbers of one outcome: the rows of its populations that are in or ruled out, one per statistic and
period. Arguments as for `results`. `because` that starts `missing:` stays in and fails, and is shown as missing evidence.
#}
{% macro evidence(measures, populations, register, periods, coverage) -%}
{%- set dates = ['counted_on', 'started_on', 'due_on', 'done_on', 'ended_on', 'previous_on'] -%}
{%- set breakdowns = breakdown_names() + further_breakdown_names() -%}
{%- set parts = [] -%}
with
{% for population in populations %}
{%- set feeds = feeds_of(population.identifier, measures) -%}
{%- set columns = columns_of(population.identifier) -%}
{%- for feed in feeds %}
{%- set part = 'evidence_' ~ (parts | length + 1) -%}
{%- do parts.append(part) -%}
{{ part }} as (
    select
        cast({{ feed.measure }} as integer) as measure_number,
        '{{ feed.statistic }}' as statistic,
        {{ "cases.period_type" if 'period_type' in columns else "'month'" }} as period_type,
        {{ 'last_day(cases.counted_on)' if 'counted_on' in columns else 'cases.period_end' }} as period_end,
        cases.case_id,
        cases.person_id,
        {{ 'coalesce(cases.' ~ feed.out_of ~ ' > 0, false)' if feed.out_of else 'cases.' ~ feed.column ~ ' is not null' }} as in_denominator,
        {% if feed.kind == 'truth' -%}
        coalesce(cases.{{ feed.column }}, false) as in_numerator,
        cast(null as double) as amount,
        {% else -%}
        {{ 'coalesce(cases.' ~ feed.column ~ ' > 0, false)' if feed.out_of else 'cases.' ~ feed.column ~ ' is not null' }} as in_numerator,
        cast(cases.{{ feed.column }} as double) as amount,
        {% endif -%}
        {{ 'cast(cases.' ~ feed.out_of ~ ' as double)' if feed.out_of else 'cast(null as double)' }} as amount_out_of,
        case when cases.{{ feed.column }} is null then cases.{{ feed.because }} end as exclusion_reason,
        case
            when cases.{{ feed.column }} is not null and cases.{{ feed.because }} like 'missing:%' then cases.{{ feed.because }}
        end as missing_evidence,
        {% for day in dates -%}
        {{ 'cases.' ~ day if day in columns else 'cast(null as date)' }} as {{ day }},
        {% endfor -%}
        {% for name in breakdowns -%}
        {{ 'cases.' ~ name if name in breakdowns_of(population.identifier) else 'cast(null as varchar) as ' ~ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ population }} as cases
    where
        (
            cases.{{ feed.column }} is not null
            or cases.{{ feed.because }} like 'unknown:%'
            or cases.{{ feed.because }} like 'excluded:%'
        )
        {{ 'and ' ~ only_rows(feed.only) if feed.only }}
),

{% endfor -%}
{%- endfor -%}
cases as (
    {% for part in parts -%}
    select * from {{ part }}
    {{ 'union all' if not loop.last }}
    {% else -%}
    {{ no_evidence(dates, breakdowns) }}
    {% endfor -%}
)

select
    cases.measure_number,
    register.measure_id,
    cases.statistic,
    cases.period_type,
    cases.period_end,
    cases.case_id,
    cases.person_id,
    cases.in_denominator,
    cases.in_numerator,
    cases.amount,
    cases.amount_out_of,
    cases.exclusion_reason,
    cases.missing_evidence,
    {% for day in dates -%}
    cases.{{ day }},
    {% endfor -%}
    {% for name in breakdowns -%}
    cases.{{ name }}{{ ',' if not loop.last }}
    {% endfor %}
from cases
inner join {{ register }} as register
    on cases.measure_number = register.measure_number and cases.statistic = register.statistic
inner join {{ coverage }} as coverage
    on cases.measure_number = coverage.measure_number
    and cases.statistic = coverage.statistic
    and cases.period_type = coverage.period_type
    and cases.period_end = coverage.period_end
    and coverage.is_loaded
{%- endmacro %}

{# Evidence of a table that nothing feeds. #}
{% macro no_evidence(dates, breakdowns) -%}
    select
        cast(null as integer) as measure_number,
        cast(null as varchar) as statistic,
        cast(null as varchar) as period_type,
        cast(null as date) as period_end,
        cast(null as varchar) as case_id,
        cast(null as varchar) as person_id,
        cast(null as boolean) as in_denominator,
        cast(null as boolean) as in_numerator,
        cast(null as double) as amount,
        cast(null as double) as amount_out_of,
        cast(null as varchar) as exclusion_reason,
        cast(null as varchar) as missing_evidence,
        {% for day in dates -%}
        cast(null as date) as {{ day }},
        {% endfor -%}
        {% for name in breakdowns -%}
        cast(null as varchar) as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    where false
{%- endmacro %}
