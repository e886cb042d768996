-- Visits to the children looked after at each month end, and the interval that regulation 28 asks for:
-- one row per child and period end.
with visits as (
    select
        looked_after.period_end,
        looked_after.person_id,
        max(visits.visited_on) as last_visited_on
    from {{ ref('looked_after_at_month_end') }} as looked_after
    inner join {{ ref('stg_looked_after__visits') }} as visits
        on looked_after.person_id = visits.person_id
        and looked_after.care_started_on <= visits.visited_on
        and looked_after.period_end >= visits.visited_on
    where visits.child_seen
    group by looked_after.period_end, looked_after.person_id
),

first_reviews as (
    select
        care_period_id,
        held_on
    from {{ ref('care_review_obligations') }}
    where review_number = 1
),

agreed as (
    select distinct
        placements.period_end,
        placements.person_id
    from {{ ref('current_placements') }} as placements
    inner join {{ ref('stay_permanence_decisions') }} as decisions
        on placements.person_id = decisions.person_id
        and placements.stay_number = decisions.stay_number
        and placements.period_end >= decisions.decided_on
)

select
    looked_after.period_end,
    looked_after.person_id,
    looked_after.care_period_id,
    looked_after.care_started_on,
    visits.last_visited_on,
    placements.stay_started_on,
    -- no mark says that a connected carer is approved for the time being: U3 is a connected carer who is
    -- neither long term nor an approved adopter
    coalesce(
        looked_after.legal_status = 'C1' and placements.placement_type in ('P1', 'U3'),
        false
    ) as is_with_family_for_now,
    coalesce(first_reviews.held_on <= looked_after.period_end, false) as has_been_reviewed,
    coalesce(
        placements.stay_started_on < looked_after.twelve_months_from
        and (placements.placement_type in ('U1', 'U4') or agreed.person_id is not null),
        false
    ) as is_permanent,
    looked_after.because,
    {{ breakdowns('looked_after') }}

from {{ ref('looked_after_at_month_end') }} as looked_after
left join visits
    on looked_after.person_id = visits.person_id and looked_after.period_end = visits.period_end
left join first_reviews on looked_after.care_period_id = first_reviews.care_period_id
left join {{ ref('current_placements') }} as placements
    on looked_after.person_id = placements.person_id and looked_after.period_end = placements.period_end
left join agreed
    on looked_after.person_id = agreed.person_id and looked_after.period_end = agreed.period_end
