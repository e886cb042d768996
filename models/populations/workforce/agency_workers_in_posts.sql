-- Agency and interim workers in established social worker posts at each month end, each once, in the post
-- taken up last: one row per worker and period end.
select
    period_end,
    coalesce(worker_id, post_occupancy_id) as case_id,
    cast(null as string) as person_id,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    started_on,
    case when worker_id is null then 'unknown: worker' end as because,

    -- measures
    case when worker_id is not null then true end as is_in_post

from {{ ref('agency_occupancies_at_month_end') }}
qualify row_number() over (
    partition by period_end, coalesce(worker_id, post_occupancy_id)
    order by started_on desc, post_occupancy_id_rank desc
) = 1
