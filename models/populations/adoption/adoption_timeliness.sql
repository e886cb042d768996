-- Children adopted from care in the three years to the latest quarter end, each once by the latest order:
-- one row per period type, period end and child.
with windows as (
    select
        periods.period_type,
        periods.period_end,
        month_ends.quarter_end,
        {{ months_ending('month_ends.quarter_end', 36) }} as three_years_from,
        {{ months_ending('month_ends.quarter_end', 12) }} as one_year_from
    from {{ ref('periods') }} as periods
    inner join {{ ref('month_ends') }} as month_ends using (period_end)
),

adopted as (
    select
        *,
        coalesce(
            because,
            case
                when placed_for_adoption_on is null then 'excluded: no placement for adoption before the order'
                when placed_for_adoption_on < started_on then 'excluded: placed for adoption before care started'
            end
        ) as because_of_placement
    from {{ ref('adoptions') }}
)

select
    windows.period_type,
    windows.period_end,
    windows.quarter_end,
    {{ case_of('adopted.person_id', 'adopted.care_period_id') }} as case_id,
    adopted.person_id,
    {{ breakdowns('adopted') }},

    -- evidence
    adopted.started_on,
    adopted.placed_for_adoption_on as done_on,
    adopted.placed_with_adopters_on as previous_on,
    adopted.adopted_on as ended_on,
    adopted.because_of_placement as because,
    case when adopted.adopted_on >= windows.one_year_from then adopted.because_of_placement end as because_of_last_year,

    -- measures
    case when adopted.because_of_placement is null then true end as is_in_cohort,
    case
        when adopted.because_of_placement is null
            then {{ days_between('adopted.started_on', 'adopted.placed_for_adoption_on') }}
    end as days_to_placement,
    case
        when adopted.because_of_placement is null
            then {{ days_between('adopted.started_on', 'adopted.placed_with_adopters_on') }}
    end as days_to_adopters,
    case
        when adopted.because_of_placement is null and adopted.adopted_on >= windows.one_year_from
            then {{ days_between('adopted.started_on', 'adopted.placed_for_adoption_on') }}
    end as days_to_placement_in_the_last_year

from adopted
inner join windows
    on adopted.adopted_on >= windows.three_years_from and adopted.adopted_on <= windows.quarter_end
qualify row_number() over (
    partition by windows.period_type, windows.period_end, {{ case_of('adopted.person_id', 'adopted.care_period_id') }}
    order by
        case when adopted.because is null then 0 else 1 end,
        adopted.adopted_on desc,
        adopted.care_period_id_rank desc
) = 1
