-- Parenting interventions and how the parent's skills were rated, counted on the day they ended: one row per intervention.
with interventions as (
    select
        interventions.*,
        pairs.baseline_on,
        pairs.end_on,
        pairs.end_score - pairs.baseline_score as change_in_score,
        case
            when interventions.person_id is null then 'unknown: person'
            when interventions.end_reason is null then 'unknown: end reason'
        end as because_of_end
    from {{ ref('stg_early_help__parenting_interventions') }} as interventions
    left join {{ ref('outcome_pairs') }} as pairs
        on interventions.parenting_intervention_id = pairs.intervention_id and pairs.domain = 'PARENTING'
    where interventions.ended_on is not null
),

rated as (
    select
        *,
        coalesce(
            because_of_end,
            case
                when end_reason <> 'COMPLETED' then 'excluded: not completed'
                when change_in_score is null then 'excluded: not rated at the start and end with one tool'
            end
        ) as because_of_rating
    from interventions
)

select
    parenting_intervention_id as case_id,
    person_id,
    ended_on as counted_on,
    {{ breakdowns(has=[]) }},

    -- evidence
    started_on,
    baseline_on as previous_on,
    end_on as done_on,
    ended_on,
    because_of_end,
    because_of_rating as because,

    -- measures
    case
        when because_of_rating is null then change_in_score >= {{ parameter('parenting_min_change') }}
    end as has_improved_rating,
    case when because_of_rating is null then change_in_score end as change_in_rating,
    case when because_of_end is null then end_reason <> 'COMPLETED' end as was_not_completed

from rated
