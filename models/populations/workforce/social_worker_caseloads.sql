-- Social workers in post at each month end and the open cases they hold: one row per worker and period end.
with limits as (
    select
        period_end,
        worker_id,
        service_area,
        team,
        fte,
        nullif(open_children, 0) as cases,
        case service_area
            when 'FAMILY_FRONT_DOOR' then {{ parameter('caseload_limit_front_door') }}
            when 'LOCALITY' then {{ parameter('caseload_limit_locality') }}
        end as caseload_limit
    from {{ ref('caseloads_at_month_end') }}
    where is_in_social_work_role and not is_student
)

select
    period_end,
    worker_id as case_id,
    cast(null as string) as person_id,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    caseload_limit,
    fte,
    cast(null as string) as because,
    case
        when cases > 0 and coalesce(fte, 0) = 0 then 'unknown: full-time equivalent'
    end as because_of_fte,

    -- measures
    cases as cases_held,
    cases > caseload_limit as is_over_limit,
    case when fte > 0 then cases > caseload_limit * fte end as is_over_limit_for_fte

from limits
