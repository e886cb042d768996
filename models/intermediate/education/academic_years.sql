-- Academic years, 1 September to 31 August, with the 31 March on which cohorts are taken: one row per academic year.
select
    (year(day) - 1) || '/' || substr(cast(year(day) as string), 3, 2) as academic_year,
    make_date(year(day) - 1, 9, 1) as started_on,
    make_date(year(day), 8, 31) as ended_on,
    day as cohort_on,
    {{ months_ending('day', 12) }} as twelve_months_from

from {{ ref('calendar') }}
where month(day) = 3 and day(day) = 31
