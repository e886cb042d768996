-- Pathway plans of the children aged 16 or 17 who are looked after at each month end: one row per child and period end.
with children as (
    select
        looked_after.period_end,
        looked_after.person_id,
        looked_after.care_period_id,
        plans.looked_at_on,
        {{ breakdowns('looked_after') }},
        case
            when looked_after.because is not null then looked_after.because
            when eligible.eligible_on is null or eligible.eligible_on > looked_after.period_end
                then 'excluded: not an eligible child'
            when
                {{ plus_months(
                    'greatest(' ~ birthday('looked_after.born_on', 16) ~ ', eligible.eligible_on)',
                    parameter('pathway_plan_first_due_months')
                ) }}
                >= looked_after.period_end
                then 'excluded: the first pathway plan is not yet due'
        end as because
    from {{ ref('looked_after_at_month_end') }} as looked_after
    left join {{ ref('eligible_children') }} as eligible on looked_after.person_id = eligible.person_id
    left join {{ ref('pathway_plans_in_date') }} as plans
        on looked_after.person_id = plans.person_id and looked_after.period_end = plans.period_end
    where looked_after.age in (16, 17) or looked_after.because is not null
)

select
    period_end,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    looked_at_on as done_on,
    because,
    case when because like 'unknown:%' then because end as because_of_age,

    -- measures
    case when because is null then looked_at_on is not null end as has_a_plan_in_date,
    case
        when because is null or because not like 'unknown:%' then looked_at_on is not null
    end as has_a_plan_in_date_at_16

from children
