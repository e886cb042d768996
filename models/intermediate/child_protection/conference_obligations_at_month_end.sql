-- Conferences still to be held at each month end (26), initial ones of enquiries and reviews of current
-- plans: one row per obligation and period end.
with outstanding as (
    select
        month_ends.period_end,
        'initial' as conference_type,
        'initial ' || initial.s47_enquiry_id as obligation_id,
        initial.s47_enquiry_id_rank as obligation_rank,
        initial.person_id,
        initial.team_id,
        initial.meeting,
        initial.strategy_on as counts_from,
        initial.due_on,
        until_day.working_day_number - strategy_day.working_day_number
        > {{ parameter('icpc_working_days') }} as is_overdue,
        case
            when initial.person_id is null then 'unknown: child'
            when initial.strategy_on is null then 'unknown: strategy discussion'
        end as because
    from {{ ref('initial_conference_obligations') }} as initial
    inner join {{ ref('month_ends') }} as month_ends
        on initial.outstanding_from <= month_ends.period_end
        and coalesce(initial.held_on, {{ forever() }}) > month_ends.period_end
    inner join {{ ref('calendar') }} as until_day on month_ends.period_end = until_day.day
    left join {{ ref('calendar') }} as strategy_day on initial.strategy_on = strategy_day.day
    union all
    select
        plans.period_end,
        'review' as conference_type,
        'review ' || plans.first_cp_plan_id as obligation_id,
        plans.person_id_rank as obligation_rank,
        plans.person_id,
        cast(null as string) as team_id,
        reviews.meeting,
        reviews.counts_from,
        reviews.due_on,
        reviews.due_on < plans.period_end as is_overdue,
        plans.because
    from {{ ref('cp_plans_at_month_end') }} as plans
    inner join {{ ref('review_obligations') }} as reviews
        on plans.first_cp_plan_id = reviews.first_cp_plan_id
        and plans.period_end >= reviews.outstanding_from
        and plans.period_end < coalesce(reviews.held_on, {{ forever() }})
)

select
    outstanding.period_end,
    outstanding.conference_type,
    outstanding.obligation_id,
    outstanding.person_id,
    outstanding.counts_from,
    outstanding.due_on,
    outstanding.is_overdue,
    outstanding.is_overdue
    and row_number() over (
        partition by outstanding.period_end, outstanding.conference_type, outstanding.meeting
        order by
            case when outstanding.is_overdue and outstanding.because is null then 0 else 1 end,
            outstanding.obligation_rank,
            outstanding.obligation_id
    ) = 1 as is_first_overdue_of_meeting,
    outstanding.because,
    {{ child_breakdowns(
        'child',
        'outstanding.period_end',
        team='coalesce(child.allocated_team, outstanding.team_id, child.referral_team)',
        service_area='teams.service_area'
    ) }}

from outstanding
left join {{ ref('child_timeline') }} as child
    on outstanding.person_id = child.person_id
    and outstanding.period_end >= child.from_on
    and outstanding.period_end < child.until_on
left join {{ ref('team_timeline') }} as teams
    on coalesce(child.allocated_team, outstanding.team_id, child.referral_team) = teams.team_id
    and outstanding.period_end >= teams.from_on
    and outstanding.period_end < teams.until_on
