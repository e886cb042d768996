-- Children aged 4 or over at a review in the 12 months to each period end, by the latest:
-- one row per period type, period end and child.
with reviews as (
    select
        periods.period_type,
        periods.period_end,
        reviews.*,
        month_ends.financial_year_from,
        reviews.participation_code in ('PN1', 'PN2', 'PN3', 'PN4') as attended,
        reviews.participation_code in ('PN1', 'PN2', 'PN3', 'PN5', 'PN6') as participated
    from {{ ref('looked_after_reviews') }} as reviews
    inner join {{ ref('month_ends') }} as month_ends
        on reviews.held_on >= month_ends.twelve_months_from and reviews.held_on <= month_ends.period_end
    inner join {{ ref('periods') }} as periods on month_ends.period_end = periods.period_end
    where reviews.because is null and reviews.age >= 4
)

select
    period_type,
    period_end,
    person_id as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    held_on as done_on,
    case when participation_code is null then 'missing: participation code' end as because,

    -- measures
    coalesce(attended, false) as attended_latest,
    min(case when held_on >= financial_year_from then case when participated then 1 else 0 end end) over (
        partition by period_type, period_end, person_id
    ) = 1 as participated_in_all_of_the_year

from reviews
qualify row_number() over (partition by period_type, period_end, person_id order by held_on desc) = 1
