-- Where a child is placed and since when the stay lasts, at each month end: one row per child and period end.
select
    month_ends.period_end,
    placements.person_id,
    placements.placement_id,
    placements.placement_type,
    placements.started_on,
    stays.stay_number,
    stays.started_on as stay_started_on,
    case
        when stays.previous_ended_on >= placements.started_on then stays.previous_started_on
    end as stay_before_started_on

from {{ ref('placements_in_stays') }} as placements
inner join {{ ref('placement_stays') }} as stays using (person_id, stay_number)
inner join {{ ref('month_ends') }} as month_ends
    on placements.started_on <= month_ends.period_end
    and coalesce(placements.ended_on, {{ forever() }}) > month_ends.period_end
qualify row_number() over (
    partition by placements.person_id, month_ends.period_end
    order by placements.started_on desc, placements.placement_number desc
) = 1
