-- What this build's values of the parameters make of each definition: one row per measure and statistic.
with named as (
    select
        named.measure_number,
        {{ joined(
            "named.parameter || ': ' || used.value", 'chr(10)', order_by='named.parameter_order'
        ) }} as parameters,
        {{ joined(
            "named.parameter || ': ' || coalesce(agreed.basis, 'assumed')", 'chr(10)', order_by='named.parameter_order'
        ) }} as parameters_basis
    from {{ ref('stg_landing__measure_parameters') }} as named
    left join {{ parameter_values('used') }} on named.parameter = used.parameter
    left join {{ ref('stg_agreement__parameters') }} as agreed
        on named.parameter = agreed.parameter and used.value = agreed.value and agreed.is_in_force
    group by named.measure_number
)

select
    statistics.measure_number,
    statistics.statistic,
    named.parameters,
    named.parameters_basis,
    statistics.look_back_months + coalesce(cast(look_back.value as integer), 0) as look_back_months,
    left(md5(concat(statistics.definition_digest, coalesce(named.parameters, ''))), 12) as definition_version

from {{ ref('stg_landing__measures_register') }} as statistics
left join named on statistics.measure_number = named.measure_number
left join {{ parameter_values('look_back') }} on statistics.look_back_parameter = look_back.parameter
