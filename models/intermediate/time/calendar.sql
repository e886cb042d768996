-- The numbered working-day calendar (C2, C3): one row per day, 1985 to 2045.
with days as (
    {{ days_from("cast('1985-01-01' as date)", "cast('2045-12-31' as date)") }}
)

select
    days.day,
    not {{ is_weekend('days.day') }} and holidays.holiday_date is null as is_working_day,
    count(*) filter (where not {{ is_weekend('days.day') }} and holidays.holiday_date is null)
        over (order by days.day) as working_day_number

from days
left join {{ ref('bank_holidays') }} as holidays on days.day = holidays.holiday_date
