-- What the reviews of a period of care are due by (42, 44): one row per period of care and obligation. The
-- first review counts from the start of the period, each later one from the review held before it. Reviews in
-- a series of short breaks, or while another authority was responsible, neither count nor move the next due
-- date.
with first_reviews_due as (
    select
        start_days.day as counts_from,
        min(due_days.day) as due_on,
        max(due_days.day) as last_day_in_time
    from {{ ref('calendar') }} as start_days
    inner join {{ ref('calendar') }} as due_days
        on start_days.working_day_number + {{ parameter('first_care_review_working_days') }}
        = due_days.working_day_number
    group by start_days.day
),

events as (
    select
        care_period_id,
        person_id,
        0 as review_number,
        started_on as counts_from,
        cast(null as string) as review_id
    from {{ ref('care_periods') }}
    union all
    select
        care_period_id,
        person_id,
        row_number() over (partition by care_period_id order by held_on) as review_number,
        held_on as counts_from,
        review_id
    from {{ ref('looked_after_reviews') }}
    where care_period_id is not null and coalesce(because, 'none') not like 'excluded:%'
),

due as (
    select
        events.*,
        case events.review_number
            when 0 then first_reviews_due.due_on
            when 1 then {{ plus_months('events.counts_from', parameter('second_care_review_months')) }}
            else {{ plus_months('events.counts_from', parameter('next_care_review_months')) }}
        end as due_on,
        case when events.review_number = 0 then first_reviews_due.last_day_in_time end as last_day_of_first
    from events
    left join first_reviews_due on events.counts_from = first_reviews_due.counts_from
)

select
    care_period_id,
    person_id,
    review_number + 1 as review_number,
    counts_from,
    due_on,
    coalesce(last_day_of_first, due_on) as last_day_in_time,
    lead(counts_from) over (partition by care_period_id order by review_number) as held_on,
    lead(review_id) over (partition by care_period_id order by review_number) as review_id

from due
