-- Where a child is placed and since when the stay lasts, at each month end: one row per child and period end.
-- Days away from the carer (in hospital, on holiday) are days with the carer.
with current_stays as (
    select
        month_ends.period_end,
        stays.*
    from {{ ref('placement_stays') }} as stays
    inner join {{ ref('month_ends') }} as month_ends
        on stays.started_on <= month_ends.period_end
        and coalesce(stays.ended_on, {{ forever() }}) > month_ends.period_end
    qualify row_number() over (
        partition by stays.person_id, month_ends.period_end
        order by stays.started_on desc, stays.stay_number desc
    ) = 1
)

select
    stays.period_end,
    stays.person_id,
    placements.placement_id,
    placements.placement_type,
    stays.stay_number,
    stays.started_on as stay_started_on,
    -- of a child placed for adoption: the stay before, when it reaches to the day that placement began
    case
        when stays.previous_ended_on >= stays.adoptive_started_on then stays.previous_started_on
    end as stay_before_started_on

from current_stays as stays
inner join {{ ref('placements_in_stays') }} as placements
    on stays.person_id = placements.person_id
    and stays.stay_number = placements.stay_number
    and stays.period_end >= placements.started_on
where not placements.is_away_from_carer
qualify row_number() over (
    partition by stays.person_id, stays.period_end
    order by placements.started_on desc, placements.placement_number desc
) = 1
