-- Placements of the children looked after at each month end: one row per child and period end.
with stays as (
    select
        looked_after.period_end,
        looked_after.person_id,
        count(*) as number_of_stays
    from {{ ref('looked_after_at_month_end') }} as looked_after
    inner join {{ ref('placement_stays') }} as stays
        on looked_after.person_id = stays.person_id
        and stays.started_on <= looked_after.period_end
        and coalesce(stays.ended_on, {{ forever() }})
        >= {{ months_ending('looked_after.period_end', parameter('placement_window_months')) }}
    group by looked_after.period_end, looked_after.person_id
)

select
    looked_after.period_end,
    {{ case_of('looked_after.person_id', 'looked_after.care_period_id') }} as case_id,
    looked_after.person_id,
    {{ breakdowns('looked_after') }},

    -- evidence
    placements.stay_started_on as started_on,
    placements.stay_before_started_on as previous_on,
    stays.number_of_stays,
    looked_after.because,
    case
        when looked_after.care_started_on
            <= {{ months_ending('looked_after.period_end', parameter('stability_care_months')) }}
            then looked_after.because
    end as because_of_stability,

    -- measures
    case
        when looked_after.because is null
            then coalesce(stays.number_of_stays, 0) >= {{ parameter('min_placements') }}
    end as had_three_or_more_placements,
    case
        when looked_after.age < {{ parameter('stability_under_age') }}
            and looked_after.care_started_on
            <= {{ months_ending('looked_after.period_end', parameter('stability_care_months')) }}
            then coalesce(
                case
                    when placements.placement_type in ('A3', 'A4', 'A5', 'A6')
                        then least(placements.stay_started_on, placements.stay_before_started_on)
                    else placements.stay_started_on
                end <= {{ months_ending('looked_after.period_end', parameter('stability_placement_months')) }},
                false
            )
    end as is_in_a_stable_placement

from {{ ref('looked_after_at_month_end') }} as looked_after
left join stays
    on looked_after.person_id = stays.person_id and looked_after.period_end = stays.period_end
left join {{ ref('current_placements') }} as placements
    on looked_after.person_id = placements.person_id and looked_after.period_end = placements.period_end
