-- Families of the Troubled Families programme, and whether they were worked with in the year to date: one row per period type,
-- period end and family that had joined by then.
with families as (
    select
        years.period_type,
        years.period_end,
        years.window_start,
        families.family_id,
        families.programme_started_on,
        families.whole_family_plan_on,
        coalesce(families.programme_ended_on, {{ forever() }}) as ended_on,
        families.programme_ended_on,
        families.criteria_met,
        coalesce(families.criteria_met >= {{ parameter('tf_min_criteria') }}, false) as is_eligible,
        coalesce(families.whole_family_plan_on <= years.period_end, false)
        and families.lead_worker_id is not null as has_a_plan,
        case
            when families.programme_ended_on < families.programme_started_on then 'unknown: left before it joined'
        end as because
    from {{ ref('stg_troubled_families__families') }} as families
    inner join {{ ref('years_to_date') }} as years on families.programme_started_on <= years.period_end
)

select
    period_type,
    period_end,
    family_id as case_id,
    cast(null as string) as person_id,
    {{ breakdowns(has=[]) }},

    -- evidence
    programme_started_on as started_on,
    programme_ended_on as ended_on,
    whole_family_plan_on as done_on,
    criteria_met,
    because,

    -- measures
    case when because is null then is_eligible and has_a_plan and ended_on >= window_start end as was_worked_with,
    case when because is null then is_eligible and has_a_plan and ended_on > period_end end as is_worked_with_now,
    case when because is null then is_eligible and has_a_plan end as was_ever_worked_with,
    case
        when because is null then is_eligible and not has_a_plan and ended_on >= window_start
    end as was_attached_without_a_plan

from families
