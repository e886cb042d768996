-- Reviews of looked after children aged 4 to 17, counted in every period that holds the day:
-- one row per period type, period end and review.
select
    periods.period_type,
    periods.period_end,
    reviews.review_id as case_id,
    reviews.person_id,
    {{ breakdowns('reviews') }},

    -- evidence
    reviews.held_on as done_on,
    reviews.participation_code,
    coalesce(
        reviews.because,
        case
            when reviews.age between 4 and 17 and reviews.participation_code is null
                then 'missing: participation code'
        end
    ) as because,

    -- measures
    case
        when reviews.because is null and reviews.age between 4 and 17
            then coalesce(reviews.participation_code in ('PN1', 'PN2', 'PN3', 'PN4'), false)
    end as attended,
    case
        when reviews.because is null and reviews.age between 4 and 17
            then coalesce(reviews.participation_code in ('PN1', 'PN2', 'PN3', 'PN5', 'PN6'), false)
    end as participated

from {{ ref('looked_after_reviews') }} as reviews
inner join {{ ref('periods') }} as periods
    on reviews.held_on >= periods.period_start and reviews.held_on <= periods.period_end
