-- How far from home the children looked after at each month end are placed: one row per child and period end.
with children as (
    select
        looked_after.*,
        placements.from_on as placed_on,
        placements.distance_miles,
        placements.distance_miles > {{ parameter('far_from_home_miles') }} as is_far,
        placements.is_inside_authority,
        coalesce(
            looked_after.because,
            case
                when looked_after.has_been_unaccompanied then 'excluded: unaccompanied asylum-seeking child'
                when coalesce(placements.distance_miles, 999) >= 999 then 'unknown: distance'
                when placements.distance_miles > {{ parameter('far_from_home_miles') }}
                    and placements.is_inside_authority is null
                    then 'missing: inside or outside the authority'
            end
        ) as because_of_distance
    from {{ ref('looked_after_at_month_end') }} as looked_after
    left join {{ ref('placement_timeline') }} as placements
        on looked_after.person_id = placements.person_id
        and looked_after.period_end >= placements.from_on
        and looked_after.period_end < placements.until_on
)

select
    period_end,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    placed_on as started_on,
    distance_miles,
    because_of_distance as because,

    -- measures
    case
        when because_of_distance is null or because_of_distance like 'missing:%'
            then coalesce(is_far and not is_inside_authority, false)
    end as is_far_from_home_and_outside

from children
