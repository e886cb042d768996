-- The working days that the definitions and C3 count out, on the calendar itself. Returns those that it counts otherwise.
with counted_out (from_on, to_on, working_days) as (
    values
        -- the day itself, over a weekend, and from a weekend
        (date '2026-03-06', date '2026-03-06', 0),
        (date '2026-03-06', date '2026-03-07', 0),
        (date '2026-03-06', date '2026-03-09', 1),
        (date '2026-03-06', date '2026-03-10', 2),
        (date '2026-03-07', date '2026-03-09', 1),
        (date '2026-03-02', date '2026-03-09', 5),
        (date '2026-03-02', date '2026-03-10', 6),
        -- over Easter
        (date '2026-04-02', date '2026-04-07', 1),
        (date '2026-04-01', date '2026-04-24', 15),
        -- 15 and 45 working days, three bank holidays crossed
        (date '2026-03-02', date '2026-03-23', 15),
        (date '2026-03-02', date '2026-03-24', 16),
        (date '2026-03-02', date '2026-05-07', 45),
        (date '2026-03-02', date '2026-05-08', 46),
        (date '2026-03-03', date '2026-05-09', 45),
        -- council closure days are working days
        (date '2025-12-24', date '2025-12-30', 2),
        -- holidays that were moved, and one-offs
        (date '2020-05-01', date '2020-05-04', 1),
        (date '2020-05-07', date '2020-05-11', 1),
        (date '2022-06-01', date '2022-06-06', 1),
        (date '2022-09-16', date '2022-09-20', 1),
        (date '2023-05-05', date '2023-05-09', 1),
        -- years of which only the weekends are known
        (date '2009-12-24', date '2009-12-25', 1)
)

select
    'from ' || counted_out.from_on || ' to ' || counted_out.to_on || ' the calendar counts '
    || coalesce(cast(to_days.working_day_number - from_days.working_day_number as string), 'no')
    || ' working days, not ' || counted_out.working_days as what_is_wrong
from counted_out
left join {{ ref('calendar') }} as from_days on counted_out.from_on = from_days.day
left join {{ ref('calendar') }} as to_days on counted_out.to_on = to_days.day
where coalesce(to_days.working_day_number - from_days.working_day_number, -1) <> counted_out.working_days
