-- Every statistic that the extracts cover for a period is told for it: nothing that feeds one was left out of the night.
-- Returns the statistics and periods whose extracts are there and that say `not_loaded` all the same.
with told as (
    {% for mart in ['safe_from_harm', 'full_potential', 'positive_contribution', 'healthy_lives'] -%}
    select
        measure_number,
        statistic,
        period_type,
        period_end
    from {{ ref(mart) }}
    where breakdown = 'all' and value_status not in ('not_loaded', 'not_computable')
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select {{ number_of('coverage') }} || ' is not told, though its extracts are there' as what_is_wrong
from {{ ref('statistic_coverage') }} as coverage
left join told
    on coverage.measure_number = told.measure_number
    and coverage.statistic = told.statistic
    and coverage.period_type = told.period_type
    and coverage.period_end = told.period_end
where coverage.is_loaded and told.measure_number is null
