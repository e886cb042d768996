-- Employment of social workers at each month end: one row per employment row and period end.
select
    period_end,
    employment_id as case_id,
    cast(null as string) as person_id,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    started_on,
    case when fte is null then 'unknown: full-time equivalent' end as because,

    -- measures
    case
        when employment_type in ('AGENCY', 'INTERIM') then fte
        when fte is not null then 0
    end as fte_of_agency,
    fte as fte_employed

from {{ ref('employments_at_month_end') }}
where is_in_social_work_role and not is_student
