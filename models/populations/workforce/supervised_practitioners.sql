-- Practitioners of frontline safeguarding teams, counted for each month they were in post throughout:
-- one row per worker and month.
select
    month_end as counted_on,
    worker_id as case_id,
    cast(null as string) as person_id,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    supervised_on as done_on,
    case when was_absent then 'excluded: absent' else because end as because,

    -- measures
    case when not was_absent then supervised_on is not null end as was_supervised

from {{ ref('supervision_months') }}
