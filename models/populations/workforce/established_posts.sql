-- Social worker posts on the establishment at each month end, filled or vacant:
-- one row per post and period end.
with agency as (
    select
        period_end,
        post_id,
        sum(fte) as fte
    from {{ ref('agency_occupancies_at_month_end') }}
    group by period_end, post_id
)

select
    posts.period_end,
    posts.post_id as case_id,
    cast(null as string) as person_id,
    {{ breakdowns('posts', has=['service_area', 'team']) }},

    -- evidence
    case when posts.fte is null then 'unknown: full-time equivalent' end as because,

    -- measures
    case when posts.fte is not null then least(coalesce(agency.fte, 0), posts.fte) end as fte_held_by_agency,
    posts.fte as fte_of_post

from {{ ref('established_posts_at_month_end') }} as posts
left join agency on posts.period_end = agency.period_end and posts.post_id = agency.post_id
