-- Visits at which the child was seen (C24), whatever they were for: one row per source and visit.
select
    'practice' as source,
    visit_id,
    person_id,
    visited_at,
    visited_on,
    purpose
from {{ ref('stg_visits__practice_visits') }}
where child_seen and person_id is not null and visited_on is not null

union all

select
    'child_in_need' as source,
    visit_id,
    person_id,
    visited_at,
    visited_on,
    cast(null as varchar) as purpose
from {{ ref('stg_child_in_need__visits') }}
where child_seen and person_id is not null and visited_on is not null

union all

select
    'child_protection' as source,
    visit_id,
    person_id,
    visited_at,
    visited_on,
    cast(null as varchar) as purpose
from {{ ref('stg_child_protection__visits') }}
where child_seen and person_id is not null and visited_on is not null

union all

select
    'looked_after' as source,
    visit_id,
    person_id,
    visited_at,
    visited_on,
    cast(null as varchar) as purpose
from {{ ref('stg_looked_after__visits') }}
where child_seen and person_id is not null and visited_on is not null
