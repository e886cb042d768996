-- The windows of measures that count from 1 April (82, 119): one row per period type and period end.
-- The month and the year to date hold the year to date; the rolling twelve months hold the twelve months.
select
    periods.period_type,
    periods.period_end,
    periods.period_start,
    case
        when periods.period_type = 'rolling_12m' then periods.period_start
        else month_ends.financial_year_from
    end as window_start

from {{ ref('periods') }} as periods
inner join {{ ref('month_ends') }} as month_ends using (period_end)
