-- Care plans, and pathway plans at 16 and 17, of the children looked after at each month end: one row per
-- child and period end.
with plans as (
    select
        looked_after.period_end,
        looked_after.person_id,
        bool_or(
            coalesce(plans.begun_on <= looked_after.period_end, plans.status in ('DRAFT', 'AUTHORISED'))
        ) as has_begun,
        max(
            case
                when plans.authorised_on <= looked_after.period_end
                    and coalesce(plans.ended_on, {{ forever() }}) > looked_after.period_end
                    then greatest(
                        plans.authorised_on,
                        case when plans.reviewed_on <= looked_after.period_end then plans.reviewed_on end
                    )
            end
        ) as agreed_on
    from {{ ref('looked_after_at_month_end') }} as looked_after
    inner join {{ ref('care_plans') }} as plans using (care_period_id)
    group by looked_after.period_end, looked_after.person_id
),

pathway_plans as (
    select
        looked_after.period_end,
        looked_after.person_id,
        bool_or(least(plans.started_on, plans.authorised_on) <= looked_after.period_end) as has_begun,
        max(
            case
                when plans.authorised_on <= looked_after.period_end
                    then greatest(plans.authorised_on, reviews.reviewed_on)
            end
        ) as agreed_on
    from {{ ref('looked_after_at_month_end') }} as looked_after
    inner join {{ ref('stg_care_leavers__pathway_plans') }} as plans
        on looked_after.person_id = plans.person_id
        and looked_after.period_end < coalesce(plans.closed_on, {{ forever() }})
    left join {{ ref('stg_care_leavers__pathway_plan_reviews') }} as reviews
        on plans.pathway_plan_id = reviews.pathway_plan_id
        and looked_after.period_end >= reviews.reviewed_on
        and reviews.status = 'COMPLETED'
    where looked_after.age in (16, 17)
    group by looked_after.period_end, looked_after.person_id
)

select
    looked_after.period_end,
    looked_after.person_id,
    looked_after.care_period_id,
    looked_after.care_started_on,
    until_day.working_day_number - care_start.working_day_number as working_days_in_care,
    coalesce(plans.has_begun, false) as has_begun,
    coalesce(pathway_plans.has_begun, false) as has_begun_pathway,
    plans.agreed_on,
    case
        when pathway_plans.agreed_on >= looked_after.care_started_on then pathway_plans.agreed_on
    end as pathway_agreed_on,
    looked_after.because,
    {{ breakdowns('looked_after') }}

from {{ ref('looked_after_at_month_end') }} as looked_after
inner join {{ ref('calendar') }} as care_start on looked_after.care_started_on = care_start.day
inner join {{ ref('calendar') }} as until_day on looked_after.period_end = until_day.day
left join plans
    on looked_after.person_id = plans.person_id and looked_after.period_end = plans.period_end
left join pathway_plans
    on looked_after.person_id = pathway_plans.person_id and looked_after.period_end = pathway_plans.period_end
