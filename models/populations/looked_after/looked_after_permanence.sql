-- Permanence of the children looked after at each month end: one row per child and period end.
with decisions as (
    select
        placements.period_end,
        placements.person_id,
        max(decisions.decided_on) as decided_on,
        bool_or(decisions.route = 'LONG_TERM_FOSTERING') as is_agreed_for_fostering,
        bool_or(decisions.route = 'PARENTS') as is_agreed_for_parents,
        bool_or(decisions.route = 'RESIDENTIAL_TO_18') as is_agreed_for_residence
    from {{ ref('current_placements') }} as placements
    inner join {{ ref('stay_permanence_decisions') }} as decisions
        on placements.person_id = decisions.person_id
        and placements.stay_number = decisions.stay_number
        and placements.period_end >= decisions.decided_on
    group by placements.period_end, placements.person_id
),

children as (
    select
        looked_after.*,
        placements.stay_started_on,
        placements.placement_type in ('U1', 'U4') as is_coded_long_term,
        decisions.decided_on,
        coalesce(
            case
                when placements.placement_type in ('A3', 'A4', 'A5', 'A6') then true
                when placements.placement_type in ('U1', 'U4') then decisions.is_agreed_for_fostering
                when placements.placement_type = 'P1' and looked_after.legal_status = 'C2'
                    then decisions.is_agreed_for_parents
                when placements.placement_type in ('H5', 'K2', 'K3', 'R1', 'S1')
                    then decisions.is_agreed_for_residence
            end,
            false
        ) as is_permanent,
        looked_after.care_started_on <= looked_after.twelve_months_from as is_in_care_a_year
    from {{ ref('looked_after_at_month_end') }} as looked_after
    left join {{ ref('current_placements') }} as placements
        on looked_after.person_id = placements.person_id and looked_after.period_end = placements.period_end
    left join decisions
        on looked_after.person_id = decisions.person_id and looked_after.period_end = decisions.period_end
),

explained as (
    select
        *,
        coalesce(
            because, case when is_coded_long_term and not is_permanent then 'missing: permanence decision' end
        ) as because_of_decision
    from children
)

select
    period_end,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    stay_started_on as started_on,
    decided_on as done_on,
    because_of_decision as because,
    case when is_in_care_a_year then because_of_decision end as because_of_year,

    -- measures
    case when because is null then is_permanent end as is_in_a_permanent_home,
    case
        when because is null and is_in_care_a_year then is_permanent
    end as is_in_a_permanent_home_after_a_year

from explained
