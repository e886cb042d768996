-- What the reviews of a plan are due by (25, 26): one row per chained plan and obligation. The first counts
-- from the initial conference, or from the plan's start without one; each later one from the review held
-- before it.
with conferences_of_plans as (
    select
        cp_plan_id,
        initial_conference_id
    from {{ ref('stg_child_protection__initial_conferences') }}
    where cp_plan_id is not null
    qualify row_number() over (
        partition by cp_plan_id
        order by held_at asc nulls last, initial_conference_id_rank asc
    ) = 1
),

anchors as (
    select
        plans.first_cp_plan_id,
        plans.person_id,
        plans.started_on,
        coalesce(conferences.held_on, plans.started_on) as counts_from,
        conferences.meeting_id
    from {{ ref('cp_plans') }} as plans
    inner join {{ ref('cp_plan_rows') }} as first_rows on plans.first_cp_plan_id = first_rows.cp_plan_id
    left join {{ ref('stg_child_protection__initial_conferences') }} as named
        on first_rows.icpc_id = named.initial_conference_id
    left join conferences_of_plans on plans.first_cp_plan_id = conferences_of_plans.cp_plan_id
    left join {{ ref('stg_child_protection__initial_conferences') }} as conferences
        on coalesce(named.initial_conference_id, conferences_of_plans.initial_conference_id)
        = conferences.initial_conference_id
        and not coalesce(conferences.is_transfer_in, false)
        and conferences.held_on is not null
),

events as (
    select
        first_cp_plan_id,
        0 as review_number,
        counts_from,
        least(counts_from, started_on) as outstanding_from,
        meeting_id,
        cast(null as string) as review_id
    from anchors
    union all
    select
        reviews.first_cp_plan_id,
        row_number() over (
            partition by reviews.first_cp_plan_id
            order by reviews.held_on, reviews.review_id_rank
        ) as review_number,
        reviews.held_on as counts_from,
        reviews.held_on as outstanding_from,
        reviews.meeting_id,
        reviews.review_id
    from {{ ref('review_conferences') }} as reviews
    inner join anchors
        on reviews.first_cp_plan_id = anchors.first_cp_plan_id and reviews.held_on >= anchors.counts_from
    where reviews.because is null
)

select
    first_cp_plan_id,
    review_number + 1 as review_number,
    counts_from,
    outstanding_from,
    coalesce('meeting ' || meeting_id, 'plan ' || first_cp_plan_id) as meeting,
    {{ plus_months(
        'counts_from',
        'case when review_number = 0 then ' ~ parameter('first_review_months') ~ ' else ' ~ parameter('next_review_months') ~ ' end'
    ) }} as due_on,
    lead(counts_from) over (partition by first_cp_plan_id order by review_number) as held_on,
    lead(review_id) over (partition by first_cp_plan_id order by review_number) as review_id

from events
