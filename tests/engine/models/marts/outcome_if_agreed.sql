-- What targets that are not agreed would give: one row per number that one holds for.
with numbers as (
    select
        outcome.*,
        measures.good
    from {{ ref('outcome') }} as outcome
    inner join {{ ref('measures') }} as measures using (measure_number, statistic)
)

select
    numbers.measure_number,
    numbers.statistic,
    numbers.breakdown_value,
    numbers.period_type,
    numbers.period_end,
    {{ rag_if_agreed('numbers', 'targets') }} as rag_if_agreed

from numbers
inner join {{ ref('targets') }} as targets
    on {{ target_holds('numbers', 'targets', service_area_of('numbers')) }}
