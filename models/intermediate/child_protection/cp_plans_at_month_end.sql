-- Children with a plan of our own current at each month end (C7, C18): one row per child and period end.
-- A plan without a child has a row of its own.
select
    month_ends.period_end,
    month_ends.month_from,
    month_ends.twelve_months_from,
    plans.first_cp_plan_id,
    plans.person_id,
    persons.person_id_rank,
    plans.started_on,
    case
        when plans.person_id is null then 'unknown: child'
        else {{ because_not_a_child('child', 'month_ends.period_end') }}
    end as because,
    {{ child_breakdowns('child', 'month_ends.period_end') }}

from {{ ref('cp_plans') }} as plans
inner join {{ ref('month_ends') }} as month_ends
    on plans.started_on <= month_ends.period_end
    and coalesce(plans.ended_on, {{ forever() }}) > month_ends.period_end
left join {{ ref('persons') }} as persons on plans.person_id = persons.person_id
left join {{ ref('child_timeline') }} as child
    on plans.person_id = child.person_id
    and month_ends.period_end >= child.from_on
    and month_ends.period_end < child.until_on
