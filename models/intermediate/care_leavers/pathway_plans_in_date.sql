-- People with a pathway plan in date at a month end (76, 86): one row per person and period end. A plan is in date when it
-- is authorised, not closed, and six months after its authorisation or latest completed review have not passed.
with last_looked_at as (
    select
        month_ends.period_end,
        plans.pathway_plan_id,
        plans.person_id,
        plans.authorised_on,
        max(reviews.reviewed_on) as reviewed_on
    from {{ ref('stg_care_leavers__pathway_plans') }} as plans
    inner join {{ ref('month_ends') }} as month_ends
        on plans.authorised_on <= month_ends.period_end
        and coalesce(plans.closed_on, {{ forever() }}) > month_ends.period_end
    left join {{ ref('stg_care_leavers__pathway_plan_reviews') }} as reviews
        on plans.pathway_plan_id = reviews.pathway_plan_id
        and reviews.status = 'COMPLETED'
        and reviews.reviewed_on <= month_ends.period_end
    group by month_ends.period_end, plans.pathway_plan_id, plans.person_id, plans.authorised_on
)

select
    period_end,
    person_id,
    max(greatest(authorised_on, coalesce(reviewed_on, authorised_on))) as looked_at_on

from last_looked_at
where
    {{ plus_months(
        'greatest(authorised_on, coalesce(reviewed_on, authorised_on))',
        parameter('pathway_plan_review_months')
    ) }}
    >= period_end
group by period_end, person_id
