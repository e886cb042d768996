-- Children with a child in need plan current at each month end (C7), looked after and on a child protection
-- plan or not: one row per child and period end. The visit interval is that of the plan that started last.
with current_rows as (
    select
        month_ends.period_end,
        rows_of_plans.first_cin_plan_id,
        rows_of_plans.team_id,
        rows_of_plans.visit_interval_working_days
    from {{ ref('cin_plan_rows') }} as rows_of_plans
    inner join {{ ref('month_ends') }} as month_ends
        on rows_of_plans.started_on <= month_ends.period_end
        and coalesce(rows_of_plans.ended_on, {{ forever() }}) > month_ends.period_end
    qualify row_number() over (
        partition by month_ends.period_end, rows_of_plans.first_cin_plan_id
        order by rows_of_plans.started_on desc, rows_of_plans.cin_plan_id_rank desc
    ) = 1
)

select
    current_rows.period_end,
    current_rows.first_cin_plan_id,
    plans.person_id,
    plans.started_on,
    coalesce(
        current_rows.visit_interval_working_days, {{ parameter('cin_visit_working_days') }}
    ) as visit_interval_working_days,
    case
        when plans.person_id is null then 'unknown: child'
        when statuses.case_status = 'looked_after' then 'excluded: looked after'
        when statuses.case_status = 'child_protection_plan' then 'excluded: on a child protection plan'
        else {{ because_not_a_child('child', 'current_rows.period_end') }}
    end as because,
    {{ child_breakdowns(
        'child',
        'current_rows.period_end',
        team='coalesce(child.allocated_team, current_rows.team_id, child.referral_team)',
        service_area='teams.service_area'
    ) }}

from current_rows
inner join {{ ref('cin_plans') }} as plans using (first_cin_plan_id)
left join {{ ref('case_status_timeline') }} as statuses
    on plans.person_id = statuses.person_id
    and current_rows.period_end >= statuses.from_on
    and current_rows.period_end < statuses.until_on
left join {{ ref('child_timeline') }} as child
    on plans.person_id = child.person_id
    and current_rows.period_end >= child.from_on
    and current_rows.period_end < child.until_on
left join {{ ref('team_timeline') }} as teams
    on coalesce(child.allocated_team, current_rows.team_id, child.referral_team) = teams.team_id
    and current_rows.period_end >= teams.from_on
    and current_rows.period_end < teams.until_on
