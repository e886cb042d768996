-- All numbers, for a star: one row per statistic, period and part.
with numbers as (
    {{ rows_of(
        [ref('safe_from_harm'), ref('full_potential'), ref('positive_contribution'), ref('healthy_lives')],
        'true'
    ) }}
)

select
    numbers.measure_number * 100 + register.statistic_order as measure_key,
    {{ period_key('numbers') }} as period_key,
    numbers.breakdown || ':' || numbers.breakdown_value as breakdown_key,
    numbers.numerator,
    numbers.denominator,
    numbers.value,
    numbers.value_status,
    numbers.target,
    numbers.rag,
    numbers.direction_of_travel

from numbers
inner join {{ ref('measures') }} as register
    on numbers.measure_number = register.measure_number and numbers.statistic = register.statistic
