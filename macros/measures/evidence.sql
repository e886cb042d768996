{#
The cases behind the numbers of one outcome: the rows of the populations behind its counts that are in or ruled out, one per
statistic and period. Arguments as for `results`. `because` that starts `missing:` stays in and fails, and is shown as missing evidence.
#}
{% macro evidence(measures, counts, register, coverage) -%}
{%- set dates = ['counted_on', 'started_on', 'due_on', 'done_on', 'ended_on', 'previous_on'] -%}
{%- set breakdowns = breakdown_names() + further_breakdown_names() -%}
{%- set parts = [] -%}
with
{% for population in populations_behind(counts) %}
{%- set feeds = feeds_of(population.name, measures) -%}
{%- if feeds %}
{%- do parts.append(population.name) -%}
{{ cases_of(population, feeds, dates, breakdowns) }},

{% endif -%}
{%- endfor -%}
cases as (
    {% for name in parts -%}
    select * from {{ name }}_cases
    where is_within and (is_asked or because like 'unknown:%' or because like 'excluded:%')
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
    cases.in_denominator,
    cases.in_numerator,
    cases.amount,
    cases.amount_out_of,
    case when not cases.is_asked then cases.because end as exclusion_reason,
    case when cases.is_asked and cases.because like 'missing:%' then cases.because end as missing_evidence,
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

{# The cases of one population, once for each statistic that its columns feed. #}
{% macro cases_of(population, feeds, dates, breakdowns) -%}
{%- set name = population.name -%}
{%- set columns = columns_of(name) -%}
{%- set own_breakdowns = breakdowns_of(name) -%}
{%- set slots = feeds | groupby('slot') -%}
{{ name }}_cases as (
    select
        feeds.measure_number,
        feeds.statistic,
        {{ 'cases.period_type' if 'period_type' in columns else "'month'" }} as period_type,
        {{ 'last_day(cases.counted_on)' if 'counted_on' in columns else 'cases.period_end' }} as period_end,
        cases.case_id,
        cases.person_id,
        case feeds.slot
            {%- for slot, slot_feeds in slots %}
            when {{ slot }} then {{ only_rows(slot_feeds[0].only) if slot_feeds[0].only else 'true' }}
            {%- endfor %}
        end as is_within,
        case feeds.slot
            {%- for slot, slot_feeds in slots %}
            when {{ slot }} then cases.{{ slot_feeds[0].column }} is not null
            {%- endfor %}
        end as is_asked,
        case feeds.slot
            {%- for slot, slot_feeds in slots %}
            {%- set feed = slot_feeds[0] %}
            when {{ slot }} then
                {{ 'coalesce(cases.' ~ feed.out_of ~ ' > 0, false)' if feed.out_of else 'cases.' ~ feed.column ~ ' is not null' }}
            {%- endfor %}
        end as in_denominator,
        case feeds.slot
            {%- for slot, slot_feeds in slots %}
            {%- set feed = slot_feeds[0] %}
            when {{ slot }} then
                {% if feed.kind == 'truth' -%}
                coalesce(cases.{{ feed.column }}, false)
                {%- elif feed.out_of -%}
                coalesce(cases.{{ feed.column }} > 0, false)
                {%- else -%}
                cases.{{ feed.column }} is not null
                {%- endif -%}
            {%- endfor %}
        end as in_numerator,
        cast(case feeds.slot
            {%- for slot, slot_feeds in slots %}
            {%- set feed = slot_feeds[0] %}
            when {{ slot }} then {{ 'cast(cases.' ~ feed.column ~ ' as double)' if feed.kind == 'amount' else 'null' }}
            {%- endfor %}
        end as double) as amount,
        cast(case feeds.slot
            {%- for slot, slot_feeds in slots %}
            {%- set feed = slot_feeds[0] %}
            when {{ slot }} then {{ 'cast(cases.' ~ feed.out_of ~ ' as double)' if feed.out_of else 'null' }}
            {%- endfor %}
        end as double) as amount_out_of,
        case feeds.slot
            {%- for slot, slot_feeds in slots %}
            when {{ slot }} then cases.{{ slot_feeds[0].because }}
            {%- endfor %}
        end as because,
        {% for day in dates -%}
        {{ 'cases.' ~ day if day in columns else 'cast(null as date)' }} as {{ day }},
        {% endfor -%}
        {% for breakdown in breakdowns -%}
        {{ 'cases.' ~ breakdown if breakdown in own_breakdowns else 'cast(null as varchar)' }} as {{ breakdown }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from {{ population.relation_name }} as cases
    cross join {{ feeds_as_rows(feeds) }}
)
{%- endmacro %}

{# The cases of a table that nothing feeds. #}
{% macro no_cases(dates, breakdowns) -%}
    {%- set columns = {
        'measure_number': 'integer',
        'statistic': 'varchar',
        'period_type': 'varchar',
        'period_end': 'date',
        'case_id': 'varchar',
        'person_id': 'varchar',
        'is_within': 'boolean',
        'is_asked': 'boolean',
        'in_denominator': 'boolean',
        'in_numerator': 'boolean',
        'amount': 'double',
        'amount_out_of': 'double',
        'because': 'varchar',
    } -%}
    {%- for day in dates -%}{%- do columns.update({day: 'date'}) -%}{%- endfor -%}
    {%- for name in breakdowns -%}{%- do columns.update({name: 'varchar'}) -%}{%- endfor -%}
    {{ no_rows(columns) }}
{%- endmacro %}
