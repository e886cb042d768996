-- Child in need plans, merged when the next starts by the day the last ended (C16): one row per chained plan.
select
    first_cin_plan_id,
    person_id,
    min(started_on) as started_on,
    case when count(*) = count(ended_on) then max(ended_on) end as ended_on

from {{ ref('cin_plan_rows') }}
group by first_cin_plan_id, person_id
