-- Child protection plans of our own with the chained plan each belongs to (C16, C18): one row per plan as
-- recorded. A plan without a child is a chain of its own.
with plans as (
    select
        cp_plan_id,
        cp_plan_id_rank,
        person_id,
        icpc_id,
        started_on,
        ended_on,
        initial_category,
        latest_category
    from {{ ref('stg_child_protection__plans') }}
    where not coalesce(is_other_authority, false)
),

chained as (
    {{ chained('plans', "coalesce(person_id, 'plan ' || cp_plan_id)", 'cp_plan_id_rank') }}
)

select
    cp_plan_id,
    cp_plan_id_rank,
    first_value(cp_plan_id) over (
        partition by coalesce(person_id, 'plan ' || cp_plan_id), chain_number
        order by started_on, cp_plan_id_rank
    ) as first_cp_plan_id,
    first_value(cp_plan_id_rank) over (
        partition by coalesce(person_id, 'plan ' || cp_plan_id), chain_number
        order by started_on, cp_plan_id_rank
    ) as first_cp_plan_id_rank,
    person_id,
    icpc_id,
    started_on,
    ended_on,
    initial_category,
    latest_category

from chained
