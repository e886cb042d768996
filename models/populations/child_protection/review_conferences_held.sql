-- Review child protection conferences, counted on the day they were held: one row per child and day.
with reviews as (
    select
        held.*,
        obligations.counts_from,
        obligations.due_on,
        coalesce(
            held.because,
            case
                when held.first_cp_plan_id is null then 'unknown: plan'
                when obligations.due_on is null then 'unknown: held before the initial conference'
            end
        ) as because_of_clock
    from {{ ref('review_conferences') }} as held
    left join {{ ref('review_obligations') }} as obligations using (review_id)
)

select
    review_id as case_id,
    person_id,
    held_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    counts_from as previous_on,
    due_on,
    held_on as done_on,
    because_of_clock as because,

    -- measures
    case when because_of_clock is null then held_on <= due_on end as was_held_in_time

from reviews
