-- Children aged 4 or over at a review in the 12 months to each period end, by the latest:
-- one row per period type, period end and child.
with reviews as (
    select
        periods.period_type,
        periods.period_end,
        reviews.*,
        reviews.held_on >= month_ends.financial_year_from as is_of_the_year,
        coalesce(reviews.participation_code in ('PN1', 'PN2', 'PN3', 'PN4'), false) as attended,
        coalesce(reviews.participation_code in ('PN1', 'PN2', 'PN3', 'PN5', 'PN6'), false) as participated
    from {{ ref('looked_after_reviews') }} as reviews
    inner join {{ ref('month_ends') }} as month_ends
        on reviews.held_on >= month_ends.twelve_months_from and reviews.held_on <= month_ends.period_end
    inner join {{ ref('periods') }} as periods on month_ends.period_end = periods.period_end
    where
        (reviews.because is null and reviews.age between 4 and 17)
        or reviews.because = 'unknown: date of birth'
),

of_the_year as (
    select
        period_type,
        period_end,
        person_id,
        bool_and(participated) as participated_in_all,
        bool_or(participation_code is null) as lacks_a_code
    from reviews
    where is_of_the_year
    group by period_type, period_end, person_id
)

select
    reviews.period_type,
    reviews.period_end,
    reviews.person_id as case_id,
    reviews.person_id,
    {{ breakdowns('reviews') }},

    -- evidence
    reviews.held_on as done_on,
    coalesce(
        reviews.because, case when reviews.participation_code is null then 'missing: participation code' end
    ) as because,
    case
        when of_the_year.person_id is not null
            then coalesce(
                reviews.because, case when of_the_year.lacks_a_code then 'missing: participation code' end
            )
    end as because_of_year,

    -- measures
    case when reviews.because is null then reviews.attended end as attended_latest,
    case
        when reviews.because is null then of_the_year.participated_in_all
    end as participated_in_all_of_the_year

from reviews
left join of_the_year
    on reviews.period_type = of_the_year.period_type
    and reviews.period_end = of_the_year.period_end
    and reviews.person_id = of_the_year.person_id
qualify row_number() over (
    partition by reviews.period_type, reviews.period_end, reviews.person_id
    order by reviews.held_on desc
) = 1
