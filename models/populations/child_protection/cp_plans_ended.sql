-- Child protection plans, counted on the day they ended: one row per chained plan.
select
    plans.first_cp_plan_id as case_id,
    plans.person_id,
    plans.ended_on as counted_on,
    {{ child_breakdowns('child', 'plans.ended_on') }},

    -- evidence
    plans.started_on,
    {{ day_but_no_birthday('plans.ended_on') }} as ended_on,
    case when plans.person_id is null then 'unknown: child' end as because,

    -- measures
    case when plans.person_id is not null then true end as was_ended

from {{ ref('cp_plans') }} as plans
left join {{ ref('child_timeline') }} as child
    on plans.person_id = child.person_id
    and plans.ended_on >= child.from_on
    and plans.ended_on < child.until_on
where plans.ended_on is not null
