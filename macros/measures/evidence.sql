{#
The cases behind the numbers of one outcome: the rows of the populations behind its counts that are in or ruled out, one per
statistic and period. Arguments as for `results`. `because` that starts `missing:` stays in and fails, and is shown as missing evidence.
#}
{% macro evidence(measures, counts, register, coverage, labels) -%}
{%- set dates = ['counted_on', 'started_on', 'due_on', 'done_on', 'ended_on', 'previous_on'] -%}
{%- set breakdowns = breakdown_names() + further_breakdown_names() -%}
{%- set parts = [] -%}
with
{% for population in populations_behind(counts) %}
{%- set feeds = feeds_of(population.name, measures) -%}
{%- if feeds %}
{%- do parts.append(population.name) -%}
{{ cases_of(population, feeds, dates, breakdowns, labels) }},

{% endif -%}
{%- endfor -%}
cases as (
    {% for name in parts -%}
    select * from {{ name }}_cases
    where value is not null or because like 'unknown:%' or because like 'excluded:%'
    {{ 'union all' if not loop.last }}
    {% else -%}
    {{ no_cases(dates, breakdowns) }}
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
    case when cases.kind = 'ratio' then coalesce(cases.out_of > 0, false) else cases.value is not null end as in_denominator,
    case when cases.kind = 'amount' then cases.value is not null else coalesce(cases.value > 0, false) end as in_numerator,
    case when cases.kind <> 'truth' then cases.value end as amount,
    cases.out_of as amount_out_of,
    case when cases.value is null then cases.because end as exclusion_reason,
    case when cases.value is not null and cases.because like 'missing:%' then cases.because end as missing_evidence,
    {% for day in dates -%}
    cases.{{ day }},
    {% endfor -%}
    {% for name in breakdowns -%}
    cases.{{ name }},
    {% endfor -%}
    cases.decided_by
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

{# The cases of one population, once for each statistic that its columns feed. A day that tells who somebody is stays behind. #}
{% macro cases_of(population, feeds, dates, breakdowns, labels) -%}
{%- set name = population.name -%}
{%- set columns = columns_of(name) -%}
{%- set own_breakdowns = breakdowns_of(name) -%}
{%- set own_dates = dates | select('in', columns) | reject('in', columns_of(name, 'quasi_identifier')) | list -%}
{%- set deciding = deciding_of(name) -%}
{%- set shown = (['case_id', 'person_id', 'period_type', 'period_end', 'counted_on'] + own_dates + deciding | map(attribute='name') | list) | unique | select('in', columns) | list -%}
{{ name }}_claims as (
{{ claims(name, population.relation_name, feeds, shown + own_breakdowns, labels) }}
),

{{ name }}_cases as (
    select
        feeds.measure_number,
        feeds.statistic,
        feeds.kind,
        {{ 'claims.period_type' if 'period_type' in columns else "'month'" }} as period_type,
        {{ 'last_day(claims.counted_on)' if 'counted_on' in columns else 'claims.period_end' }} as period_end,
        claims.case_id,
        claims.person_id,
        {{ of_slot('claims.value', slots_of(feeds), 'double') }} as value,
        {{ of_slot('claims.out_of', slots_of(feeds, having='out_of'), 'double') }} as out_of,
        {{ of_slot('claims.because', slots_of(feeds), 'string') }} as because,
        {% for day in dates -%}
        {{ 'claims.' ~ day if day in own_dates else 'cast(null as date)' }} as {{ day }},
        {% endfor -%}
        {% for breakdown in breakdowns -%}
        {{ 'claims.' ~ breakdown if breakdown in own_breakdowns else 'cast(null as string)' }} as {{ breakdown }},
        {% endfor -%}
        {{ decided_by('claims', deciding) }} as decided_by
    from {{ name }}_claims as claims
    cross join {{ feeds_as_rows(feeds) }}
)
{%- endmacro %}

{# The columns of a population that decide on its cases, beside the dates: their yml says of which measures (`meta.decides`). #}
{% macro deciding_of(population) %}
    {%- set deciding = [] -%}
    {%- for column in model_node(population).columns.values() if column.config.meta.decides -%}
        {%- do deciding.append({'name': column.name, 'measures': column.config.meta.decides}) -%}
    {%- endfor -%}
    {{ return(deciding) }}
{% endmacro %}

{# What decided on a case in words: the name of each deciding column that it has, and what stands there. #}
{% macro decided_by(cases, deciding) -%}
    {%- if deciding -%}
    nullif(concat_ws(
        '; '
        {%- for column in deciding %}
        {%- set value = cases ~ '.' ~ column.name %},
        case
            when feeds.measure_number in ({{ column.measures | join(', ') }})
                then '{{ column.name | replace('_', ' ') }}: '
                || {{ 'cast(' ~ value ~ ' as string)' if column.name.endswith('_on') else shown_short('cast(' ~ value ~ ' as double)', 1) }}
        end
        {%- endfor %}
    ), '')
    {%- else -%}
    cast(null as string)
    {%- endif -%}
{%- endmacro %}

{# The cases of a table that nothing feeds. #}
{% macro no_cases(dates, breakdowns) -%}
    {%- set columns = {
        'measure_number': 'integer',
        'statistic': 'string',
        'kind': 'string',
        'period_type': 'string',
        'period_end': 'date',
        'case_id': 'string',
        'person_id': 'string',
        'value': 'double',
        'out_of': 'double',
        'because': 'string',
    } -%}
    {%- for day in dates -%}{%- do columns.update({day: 'date'}) -%}{%- endfor -%}
    {%- for name in breakdowns -%}{%- do columns.update({name: 'string'}) -%}{%- endfor -%}
    {%- do columns.update({'decided_by': 'string'}) -%}
    {{ no_rows(columns) }}
{%- endmacro %}
