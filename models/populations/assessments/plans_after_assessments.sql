-- Child in need plans, counted on the day they started, with the wait since the assessment that led to each:
-- one row per chained plan.
with assessed as (
    select
        plans.first_cin_plan_id,
        max(assessments.authorised_on) as authorised_on
    from {{ ref('cin_plans') }} as plans
    inner join {{ ref('open_referral_timeline') }} as referrals
        on plans.person_id = referrals.person_id
        and plans.started_on >= referrals.from_on
        and plans.started_on < referrals.until_on
    inner join {{ ref('assessments') }} as assessments
        on plans.person_id = assessments.person_id
        and assessments.authorised_on >= referrals.referred_on
        and assessments.authorised_on <= plans.started_on
    where assessments.led_to_services
    group by plans.first_cin_plan_id
)

select
    plans.first_cin_plan_id as case_id,
    plans.person_id,
    plans.started_on as counted_on,
    {{ child_breakdowns(
        'child',
        'plans.started_on',
        team='coalesce(child.allocated_team, plan_rows.team_id, child.referral_team)',
        service_area='teams.service_area'
    ) }},

    -- evidence
    plans.started_on,
    assessed.authorised_on as previous_on,
    case when assessed.authorised_on is null then 'unknown: assessment' end as because,

    -- measures
    started_days.working_day_number - authorised_days.working_day_number as working_days_from_assessment

from {{ ref('cin_plans') }} as plans
inner join {{ ref('cin_plan_rows') }} as plan_rows on plans.first_cin_plan_id = plan_rows.cin_plan_id
inner join {{ ref('calendar') }} as started_days on plans.started_on = started_days.day
left join assessed on plans.first_cin_plan_id = assessed.first_cin_plan_id
left join {{ ref('calendar') }} as authorised_days on assessed.authorised_on = authorised_days.day
left join {{ ref('child_timeline') }} as child
    on plans.person_id = child.person_id
    and plans.started_on >= child.from_on
    and plans.started_on < child.until_on
left join {{ ref('team_timeline') }} as teams
    on coalesce(child.allocated_team, plan_rows.team_id, child.referral_team) = teams.team_id
    and plans.started_on >= teams.from_on
    and plans.started_on < teams.until_on
