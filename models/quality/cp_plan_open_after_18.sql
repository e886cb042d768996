-- Child protection plans of our own left open after the 18th birthday (13): one row per plan.
select
    {{ finding('cp_plan_open_after_18', 'ssd_cp_plans', 'cppl_cp_plan_end_date', of='plans') }}

from {{ ref('stg_child_protection__plans') }} as plans
inner join {{ ref('persons') }} as persons on plans.person_id = persons.person_id
cross join {{ ref('stg_landing__run') }} as run
where
    plans.ended_on is null
    and not coalesce(plans.is_other_authority, false)
    and persons.turned_18_on <= run.as_at
