-- Where reviews of looked after children were held, counted on the day: one row per review.
with reviews as (
    select
        reviews.*,
        venues.venue_type,
        venues.venue_postcode_hash = placements.postcode_hash as is_same_postcode,
        coalesce(
            reviews.because,
            case
                when reviews.care_period_id is null then 'unknown: period of care'
                when reviews.age < 18 and venues.venue_type is null and venues.venue_postcode_hash is null
                    then 'missing: venue'
            end
        ) as because_of_venue
    from {{ ref('looked_after_reviews') }} as reviews
    left join {{ ref('stg_looked_after__review_venues') }} as venues using (review_id)
    left join {{ ref('placement_timeline') }} as placements
        on reviews.person_id = placements.person_id
        and reviews.held_on >= placements.from_on
        and reviews.held_on < placements.until_on
)

select
    review_id as case_id,
    person_id,
    held_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    held_on as done_on,
    because_of_venue as because,

    -- measures
    case
        when age < 18 and (because_of_venue is null or because_of_venue like 'missing:%')
            then case
                when venue_type = 'PLACEMENT' then coalesce(is_same_postcode, true)
                when venue_type = 'ONLINE' then false
                else coalesce(is_same_postcode, false)
            end
    end as was_held_in_placement

from reviews
