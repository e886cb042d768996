-- Visits at which the child was seen (C24), whatever they were for: one row per source and visit. Where a visit
-- under a plan does not say whom it was to, the plan does.
with recorded as (
    select
        'practice' as source,
        visit_id,
        person_id,
        visited_at,
        visited_on,
        purpose,
        child_seen
    from {{ ref('stg_visits__practice_visits') }}

    union all

    select
        'child_in_need' as source,
        visits.visit_id,
        coalesce(visits.person_id, plans.person_id) as person_id,
        visits.visited_at,
        visits.visited_on,
        cast(null as string) as purpose,
        visits.child_seen
    from {{ ref('stg_child_in_need__visits') }} as visits
    left join {{ ref('stg_child_in_need__plans') }} as plans using (cin_plan_id)

    union all

    select
        'child_protection' as source,
        visits.visit_id,
        coalesce(visits.person_id, plans.person_id) as person_id,
        visits.visited_at,
        visits.visited_on,
        cast(null as string) as purpose,
        visits.child_seen
    from {{ ref('stg_child_protection__visits') }} as visits
    left join {{ ref('stg_child_protection__plans') }} as plans using (cp_plan_id)

    union all

    select
        'looked_after' as source,
        visit_id,
        person_id,
        visited_at,
        visited_on,
        cast(null as string) as purpose,
        child_seen
    from {{ ref('stg_looked_after__visits') }}
)

select
    source,
    visit_id,
    person_id,
    visited_at,
    visited_on,
    purpose
from recorded
where child_seen and person_id is not null and visited_on is not null
