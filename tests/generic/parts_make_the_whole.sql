{#
The parts of a breakdown make the whole (section 9 of the conventions), on numerators and denominators, `not recorded`
included; and the cases of a population that are known by a breakdown have parts. Returns the wholes that their parts miss. Means,
medians, maxima and rates are not summed, and rates have no parts.
#}
{% test parts_make_the_whole(model) %}
{%- set known_by = [] -%}
with wholes as (
    select * from {{ model }}
    where breakdown = 'all' and value_status not in ('not_loaded', 'not_computable') and unit <> 'rate_per_10k'
),

parts as (
    select
        measure_number,
        statistic,
        period_type,
        period_end,
        breakdown,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from {{ model }}
    where breakdown <> 'all'
    group by measure_number, statistic, period_type, period_end, breakdown
),

{% for counts in read_from('counts', model.identifier) %}
{%- for population in read_from('populations', counts.name) %}
{%- set feeds = feeds_of(population.name) %}
{%- if feeds %}
{%- do known_by.append(population.name) %}
{{ population.name }}_known_by as (
    select
        feeds.measure_number,
        feeds.statistic,
        breakdowns.breakdown
    from (
        select
            {%- for name in breakdowns_of(population.name) %}
            count({{ name }}) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ population.relation_name }}
    ) as cases
    cross join {{ feeds_as_rows(feeds) }}
    cross join (values ('{{ breakdowns_of(population.name) | join("'), ('") }}')) as breakdowns (breakdown)
    where
        case breakdowns.breakdown
            {%- for name in breakdowns_of(population.name) %}
            when '{{ name }}' then cases.{{ name }}
            {%- endfor %}
        end > 0
),

{% endif %}
{%- endfor %}
{%- endfor -%}
broken_down as (
    select distinct
        measure_number,
        statistic,
        breakdown
    from parts
    {%- for name in known_by %}
    union
    select * from {{ name }}_known_by
    {%- endfor %}
)

select {{ number_of('wholes') }} || ': the parts by ' || broken_down.breakdown || ' do not make the whole' as what_is_wrong
from wholes
inner join broken_down using (measure_number, statistic)
left join parts
    on wholes.measure_number = parts.measure_number
    and wholes.statistic = parts.statistic
    and wholes.period_type = parts.period_type
    and wholes.period_end = parts.period_end
    and broken_down.breakdown = parts.breakdown
where
    (
        wholes.unit in ('pct', 'count')
        and (
            abs(coalesce(wholes.numerator, 0) - coalesce(parts.numerator, 0)) > 1e-6
            or abs(coalesce(wholes.denominator, 0) - coalesce(parts.denominator, 0)) > 1e-6
        )
    )
    or (parts.measure_number is null and coalesce(wholes.denominator, wholes.numerator, 0) <> 0)
{% endtest %}
