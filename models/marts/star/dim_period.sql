-- Periods, for a star: one row per period type and period end.
select
    {{ period_key('periods') }} as period_key,
    period_type,
    case period_type when 'month' then 'Month' when 'ytd' then 'Year to date' else '12 months' end as period_type_label,
    period_start,
    period_end,
    case
        when last_day(period_start) = period_end then {{ month_in_words('period_end') }}
        else {{ month_in_words('period_start') }} || ' to ' || {{ month_in_words('period_end') }}
    end as period_label,
    is_last

from {{ ref('periods') }} as periods
