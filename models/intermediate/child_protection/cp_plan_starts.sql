-- Child protection plans as they start, with the end of the child's plan before (C11): one row per chained
-- plan. The plan before may be our own or another authority's, and is known by the day it ended, whether or not
-- its start is.
with ended as (
    select
        first_cp_plan_id as cp_plan_id,
        person_id,
        ended_on
    from {{ ref('cp_plans') }}
    union all
    select
        cp_plan_id,
        person_id,
        ended_on
    from {{ ref('stg_child_protection__plans') }}
    where is_other_authority or started_on is null
),

previous as (
    select
        plans.first_cp_plan_id,
        max(ended.ended_on) as ended_on
    from {{ ref('cp_plans') }} as plans
    inner join ended
        on plans.person_id = ended.person_id
        and plans.started_on > ended.ended_on
        and plans.first_cp_plan_id <> ended.cp_plan_id
    group by plans.first_cp_plan_id
)

select
    plans.first_cp_plan_id,
    plans.person_id,
    plans.started_on,
    previous.ended_on as previous_ended_on,
    case when plans.person_id is null then 'unknown: child' end as because,
    {{ child_breakdowns('child', 'plans.started_on') }}

from {{ ref('cp_plans') }} as plans
left join previous using (first_cp_plan_id)
left join {{ ref('child_timeline') }} as child
    on plans.person_id = child.person_id
    and plans.started_on >= child.from_on
    and plans.started_on < child.until_on
