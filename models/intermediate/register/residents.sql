-- Residents aged 0 to 17 of the authority, the denominator of rates (C12): one row per period end.
-- Mid-year Y holds from 1 April Y to 31 March of the next year; before it is published the latest one stands in.
select
    month_ends.period_end,
    population.population_0_17 as residents,
    population.mid_year < year(month_ends.financial_year_from) as is_provisional

from {{ ref('month_ends') }} as month_ends
cross join {{ ref('stg_landing__run') }} as run
inner join {{ ref('population_0_17') }} as population
    on run.authority = cast(population.authority_code as string)
    and year(month_ends.financial_year_from) >= population.mid_year
where population.area_type = 'authority'
qualify row_number() over (partition by month_ends.period_end order by population.mid_year desc) = 1
