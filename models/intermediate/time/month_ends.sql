-- The month ends reported (C15), the last complete month on or before the as-at date and those before it: one row per period end.
with last_month as (
    select
        months,
        last_day({{ plus_months('(as_at + 1)', -1) }}) as period_end
    from {{ ref('stg_landing__run') }}
),

month_ends as (
    select distinct
        last_day(calendar.day) as period_end,
        last_month.period_end as last_period_end
    from {{ ref('calendar') }} as calendar
    inner join last_month
        on calendar.day <= last_month.period_end
        and calendar.day >= {{ months_ending('last_month.period_end', 'last_month.months') }}
)

select
    period_end,
    {{ months_ending('period_end', 1) }} as month_from,
    {{ months_ending('period_end', 12) }} as twelve_months_from,
    make_date(year(period_end) - case when month(period_end) < 4 then 1 else 0 end, 4, 1) as financial_year_from,
    {{ months_ending('period_end', '(month(period_end) % 3)') }} - 1 as quarter_end,
    period_end = last_period_end as is_last

from month_ends
