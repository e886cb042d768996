-- Reviews of the children on a child protection plan for three months or more, at each month end, as the
-- national return counts them: one row per child and period end.
with reviewed as (
    select
        plans.period_end,
        plans.first_cp_plan_id,
        bool_and(
            case
                when reviews.held_on >= plans.twelve_months_from and reviews.held_on <= plans.period_end
                    then reviews.held_on <= reviews.due_on
            end
        ) as were_in_time,
        max(
            case when coalesce(reviews.held_on, {{ forever() }}) > plans.period_end then reviews.due_on end
        ) as due_on,
        max(case when reviews.held_on <= plans.period_end then reviews.held_on end) as held_on
    from {{ ref('cp_plans_at_month_end') }} as plans
    inner join {{ ref('review_obligations') }} as reviews
        on plans.first_cp_plan_id = reviews.first_cp_plan_id and plans.period_end >= reviews.outstanding_from
    group by plans.period_end, plans.first_cp_plan_id
)

select
    plans.period_end,
    coalesce(plans.person_id, 'plan ' || plans.first_cp_plan_id) as case_id,
    plans.person_id,
    {{ breakdowns('plans') }},

    -- evidence
    plans.started_on,
    reviewed.held_on as done_on,
    reviewed.due_on,
    plans.because,

    -- measures
    case
        when plans.because is null
            then coalesce(reviewed.were_in_time, true) and coalesce(reviewed.due_on >= plans.period_end, true)
    end as was_reviewed_in_time

from {{ ref('cp_plans_at_month_end') }} as plans
left join reviewed
    on plans.period_end = reviewed.period_end and plans.first_cp_plan_id = reviewed.first_cp_plan_id
where plans.started_on <= {{ months_ending('plans.period_end', 3) }}
