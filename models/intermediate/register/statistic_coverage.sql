-- Whether a statistic can be told for a period, from what the night loaded and what its extracts cover:
-- one row per measure, statistic, period type and period end.
with windows as (
    select
        statistics.measure_number,
        statistics.statistic,
        statistics.cases_extract,
        statistics.cases_population,
        statistics.not_computable_reason,
        statistics.last_period_only,
        periods.period_type,
        periods.period_end,
        periods.is_last,
        case
            when statistics.look_back_kind = 'all' then {{ forever_ago() }}
            when statistics.look_back_kind = 'end'
                then {{ months_ending('periods.period_end', 'in_force.look_back_months') }}
            when statistics.look_back_kind = 'quarter'
                then {{ months_ending('month_ends.quarter_end', 'in_force.look_back_months') }}
            when statistics.look_back_kind = 'ytd' then month_ends.financial_year_from
            else {{ plus_months(
                "case
                    when statistics.clock = 'flow' then periods.period_start
                    when statistics.clock = 'year_to_date' then years.window_start
                    else month_ends.month_from
                end",
                "-coalesce(in_force.look_back_months, 0)"
            ) }}
        end as reads_from
    from {{ ref('stg_landing__measures_register') }} as statistics
    inner join {{ ref('statistics_in_force') }} as in_force
        on statistics.measure_number = in_force.measure_number and statistics.statistic = in_force.statistic
    cross join {{ ref('periods') }} as periods
    inner join {{ ref('month_ends') }} as month_ends on periods.period_end = month_ends.period_end
    inner join {{ ref('years_to_date') }} as years
        on periods.period_type = years.period_type and periods.period_end = years.period_end
),

needed as (
    select
        windows.measure_number,
        windows.statistic,
        windows.period_type,
        windows.period_end,
        bool_and(
            extracts.is_loaded
            and coalesce(extracts.covered_from, {{ forever_ago() }}) <= windows.reads_from
            and coalesce(extracts.covered_to, {{ forever() }}) >= windows.period_end
            and not coalesce(' ' || extracts.not_told || ' ' like '% ' || needs.needed_column || ' %', false)
            and (
                extracts.extract <> windows.cases_extract
                or extracts.population in ('all', windows.cases_population)
            )
        ) as is_covered
    from windows
    inner join {{ ref('stg_landing__measure_needs') }} as needs
        on windows.measure_number = needs.measure_number and windows.statistic = needs.statistic
    inner join {{ ref('stg_landing__loaded_extracts') }} as extracts using (extract)
    where needs.role = 'needed'
    group by windows.measure_number, windows.statistic, windows.period_type, windows.period_end
)

select
    windows.measure_number,
    windows.statistic,
    windows.period_type,
    windows.period_end,
    needed.is_covered
    and windows.not_computable_reason is null
    and (windows.is_last or not windows.last_period_only) as is_loaded

from windows
inner join needed
    on windows.measure_number = needed.measure_number
    and windows.statistic = needed.statistic
    and windows.period_type = needed.period_type
    and windows.period_end = needed.period_end
