-- Review conferences completed, with the chained plan each belongs to: one row per child and day, or per
-- review without a child; reviews of another authority's plans apart. Inquorate ones are left out: the later
-- meeting counts.
with completed as (
    select
        reviews.review_id,
        reviews.review_id_rank,
        coalesce(reviews.person_id, plans.person_id) as person_id,
        plans.cp_plan_id is not null as is_plan_known,
        coalesce(plans.is_other_authority, false) as is_other_authority,
        rows_of_plans.first_cp_plan_id,
        reviews.meeting_id,
        reviews.held_at,
        reviews.held_on,
        reviews.participation_code
    from {{ ref('stg_child_protection__reviews') }} as reviews
    left join {{ ref('stg_child_protection__plans') }} as plans using (cp_plan_id)
    left join {{ ref('cp_plan_rows') }} as rows_of_plans using (cp_plan_id)
    where reviews.held_on is not null and coalesce(reviews.was_quorate, true)
    qualify row_number() over (
        partition by
            coalesce(reviews.person_id, plans.person_id, reviews.review_id),
            coalesce(plans.is_other_authority, false),
            reviews.held_on
        order by reviews.held_at, reviews.review_id_rank
    ) = 1
)

select
    completed.review_id,
    completed.review_id_rank,
    completed.person_id,
    coalesce(completed.first_cp_plan_id, plans_of_the_day.first_cp_plan_id) as first_cp_plan_id,
    completed.meeting_id,
    completed.held_on,
    coalesce(participation.participation_code, completed.participation_code) as participation_code,
    case
        when child.born_on <= completed.held_on then {{ age('child.born_on', 'completed.held_on') }}
    end as age,
    child.born_on is null and child.expected_on is null as is_age_unknown,
    case
        when completed.person_id is null then 'unknown: child'
        when completed.is_other_authority then 'excluded: the plan of another authority'
    end as because,
    {{ child_breakdowns('child', 'completed.held_on') }}

from completed
left join {{ ref('cp_plans') }} as plans_of_the_day
    on not completed.is_plan_known
    and completed.person_id = plans_of_the_day.person_id
    and completed.held_on >= plans_of_the_day.started_on
    and completed.held_on <= coalesce(plans_of_the_day.ended_on, {{ forever() }})
left join {{ ref('conference_participation') }} as participation
    on participation.conference_type = 'REVIEW'
    and completed.review_id = participation.conference_id
    and completed.person_id = participation.person_id
left join {{ ref('child_timeline') }} as child
    on completed.person_id = child.person_id
    and completed.held_on >= child.from_on
    and completed.held_on < child.until_on
