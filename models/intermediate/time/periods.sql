-- What a reported number covers (C15): one row per period type and period end.
select
    'month' as period_type,
    period_end,
    month_from as period_start,
    is_last

from {{ ref('month_ends') }}

union all

select
    'ytd' as period_type,
    period_end,
    financial_year_from as period_start,
    is_last

from {{ ref('month_ends') }}

union all

select
    'rolling_12m' as period_type,
    period_end,
    twelve_months_from as period_start,
    is_last

from {{ ref('month_ends') }}
