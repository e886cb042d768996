-- Practitioners of frontline safeguarding teams, counted for each month they were in post throughout: one row per worker and month.
with practitioners as (
    select
        *,
        case
            when was_absent then 'excluded: absent'
            when not has_record then 'missing: supervision'
        end as because
    from {{ ref('supervision_months') }}
)

select
    month_end as counted_on,
    worker_id as case_id,
    cast(null as varchar) as person_id,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    supervised_on as done_on,
    because,

    -- measures
    case when not was_absent then supervised_on is not null end as was_supervised

from practitioners
