-- Reviews of looked after children, counted in every period that holds the day: one row per period type,
-- period end and review.
with reviews as (
    select
        reviews.*,
        obligations.counts_from,
        obligations.due_on,
        reviews.held_on <= obligations.last_day_in_time as is_in_time,
        coalesce(
            reviews.because, case when reviews.care_period_id is null then 'unknown: period of care' end
        ) as because_of_period
    from {{ ref('looked_after_reviews') }} as reviews
    left join {{ ref('care_review_obligations') }} as obligations using (review_id)
)

select
    periods.period_type,
    periods.period_end,
    reviews.review_id as case_id,
    reviews.person_id,
    {{ breakdowns('reviews') }},

    -- evidence
    reviews.counts_from as previous_on,
    reviews.due_on,
    reviews.held_on as done_on,
    reviews.because_of_period as because,

    -- measures
    case
        when reviews.because_of_period is null and reviews.age < 18 then reviews.is_in_time
    end as was_held_in_time

from reviews
inner join {{ ref('periods') }} as periods
    on reviews.held_on >= periods.period_start and reviews.held_on <= periods.period_end
