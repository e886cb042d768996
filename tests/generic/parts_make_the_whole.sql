{#
The parts of a breakdown make the whole (section 9 of the conventions), on numerators and denominators, `not recorded`
included. Returns the wholes that their parts miss. Means, medians, maxima and rates are not summed.
#}
{% test parts_make_the_whole(model) %}
with wholes as (
    select * from {{ model }}
    where breakdown = 'all' and value_status not in ('not_loaded', 'not_computable') and unit in ('pct', 'count')
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
)

select
    wholes.measure_number,
    wholes.statistic,
    wholes.period_type,
    wholes.period_end,
    parts.breakdown
from wholes
inner join parts using (measure_number, statistic, period_type, period_end)
where
    abs(coalesce(wholes.numerator, 0) - coalesce(parts.numerator, 0)) > 1e-6
    or abs(coalesce(wholes.denominator, 0) - coalesce(parts.denominator, 0)) > 1e-6
{% endtest %}
