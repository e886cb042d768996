-- Permanent and fixed-term staff of frontline teams over the 12 months to each month end, and who left:
-- one row per employment row and period end.
select
    period_end,
    employment_id as case_id,
    cast(null as string) as person_id,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    started_on,
    ended_on,
    cast(null as string) as because,
    case
        when fte is null and (is_held or is_leaver) then 'unknown: full-time equivalent'
    end as because_of_fte,

    -- measures
    case when is_leaver then true end as has_left,
    case when is_leaver then 1 else 0 end as people_left,
    -- a thirteenth for each month end, so that the posts add up to the mean of the 13 headcounts
    month_ends_held / cast(13 as double) as mean_headcount,
    case
        when is_leaver then fte
        when is_held and fte is not null then 0
    end as fte_left,
    case
        when is_held then fte
        when is_leaver and fte is not null then 0
    end as fte_held

from {{ ref('frontline_posts_over_12_months') }}
