-- Workers of permanency, disability, care leaver and targeted family support teams in post at each month end,
-- and the cases that their team's measure counts: one row per worker and period end.
with caseloads as (
    select
        period_end,
        worker_id,
        service_area,
        team,
        fte,
        children,
        case service_area
            when 'PERMANENCY' then children
            when 'CHILDREN_WITH_DISABILITIES' then children_beyond_short_breaks
            when 'CARE_LEAVERS' then young_people
            when 'TARGETED_FAMILY_SUPPORT' then families
        end as cases,
        case service_area
            when 'PERMANENCY' then {{ parameter('caseload_threshold_permanency') }}
            when 'CHILDREN_WITH_DISABILITIES' then {{ parameter('caseload_threshold_disability') }}
            when 'CARE_LEAVERS' then {{ parameter('caseload_threshold_pa') }}
            when 'TARGETED_FAMILY_SUPPORT' then {{ parameter('tfs_caseload_threshold') }}
        end as caseload_limit
    from {{ ref('caseloads_at_month_end') }}
    where
        (service_area in ('PERMANENCY', 'CHILDREN_WITH_DISABILITIES') and is_in_social_work_role)
        or (service_area = 'CARE_LEAVERS' and role = 'PERSONAL_ADVISER')
        or service_area = 'TARGETED_FAMILY_SUPPORT'
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
    case when fte > 0 then cases > caseload_limit * fte end as is_over_limit_for_fte,
    children > caseload_limit as is_over_limit_with_short_breaks

from caseloads
