-- Early help plans that are neither authorised nor ended at each month end: one row per plan and period end. Cancelled ones
-- are left out.
select
    month_ends.period_end,
    plans.support_plan_id as case_id,
    plans.person_id,
    {{ child_breakdowns('child', 'month_ends.period_end') }},

    -- evidence
    plans.started_on,
    {{ working_days('start_days', 'until_days') }} as working_days_open,
    case when plans.person_id is null then 'unknown: child' end as because,

    -- measures
    case
        when plans.person_id is not null
            then {{ working_days('start_days', 'until_days') }}
                > {{ parameter('early_help_plan_days') }}
    end as is_open_too_long

from {{ ref('stg_early_help__support_plans') }} as plans
inner join {{ ref('month_ends') }} as month_ends
    on plans.started_on <= month_ends.period_end
    and coalesce(plans.authorised_on, {{ forever() }}) > month_ends.period_end
    and coalesce(plans.ended_on, {{ forever() }}) > month_ends.period_end
left join {{ ref('calendar') }} as start_days on plans.started_on = start_days.day
inner join {{ ref('calendar') }} as until_days on month_ends.period_end = until_days.day
left join {{ ref('child_timeline') }} as child
    on plans.person_id = child.person_id
    and month_ends.period_end >= child.from_on
    and month_ends.period_end < child.until_on
where plans.service_level = 'EARLY_HELP' and coalesce(plans.status, 'OPEN') <> 'CANCELLED'
