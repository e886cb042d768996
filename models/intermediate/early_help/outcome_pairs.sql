-- What was scored at the start and at the end of support that ended (95, 101): one row per intervention and domain, where
-- anything was scored. Of several scores the last counts. NEET asks for a status near the end, whatever the tool; PARENTING
-- for a score by some days after the end and one at the start with the same tool, where there is such a pair.
with interventions as (
    select
        'NEET' as domain,
        support_episode_id as intervention_id,
        ended_on,
        ended_on - {{ parameter('neet_status_tolerance_days') }} as scored_from,
        ended_on + {{ parameter('neet_status_tolerance_days') }} as scored_until
    from {{ ref('ended_support_episodes') }}
    union all
    select
        'PARENTING' as domain,
        parenting_intervention_id as intervention_id,
        ended_on,
        {{ forever_ago() }} as scored_from,
        ended_on + {{ parameter('parenting_rating_tolerance_days') }} as scored_until
    from {{ ref('stg_early_help__parenting_interventions') }}
    where ended_on is not null
),

last_scores as (
    select
        interventions.domain,
        interventions.intervention_id,
        case when interventions.domain = 'PARENTING' then scores.tool_fingerprint else 'any' end as tool,
        scores.phase,
        scores.recorded_on,
        scores.outcome_score_id_rank,
        scores.value_code,
        scores.value_score
    from interventions
    inner join {{ ref('stg_early_help__outcome_scores') }} as scores
        on interventions.domain = scores.domain and interventions.intervention_id = scores.support_episode_id
    where
        (
            interventions.domain = 'NEET'
            or (scores.value_score is not null and scores.tool_fingerprint is not null)
        )
        and (
            scores.phase = 'BASELINE'
            or (
                scores.phase = 'END'
                and scores.recorded_on between interventions.scored_from and interventions.scored_until
                and (interventions.domain = 'PARENTING' or scores.value_code is not null)
            )
        )
    qualify row_number() over (
        partition by
            interventions.domain,
            interventions.intervention_id,
            case when interventions.domain = 'PARENTING' then scores.tool_fingerprint else 'any' end,
            scores.phase
        order by scores.recorded_on is null, scores.recorded_on desc, scores.outcome_score_id_rank desc
    ) = 1
),

pairs as (
    select
        domain,
        intervention_id,
        tool,
        count(*) filter (where phase = 'BASELINE') > 0 as has_baseline,
        max(case when phase = 'BASELINE' then recorded_on end) as baseline_on,
        max(case when phase = 'BASELINE' then value_code end) as baseline_code,
        max(case when phase = 'BASELINE' then value_score end) as baseline_score,
        count(*) filter (where phase = 'END') > 0 as has_end,
        max(case when phase = 'END' then recorded_on end) as end_on,
        max(case when phase = 'END' then outcome_score_id_rank end) as end_rank,
        max(case when phase = 'END' then value_code end) as end_code,
        max(case when phase = 'END' then value_score end) as end_score
    from last_scores
    group by domain, intervention_id, tool
)

select
    domain,
    intervention_id,
    has_baseline,
    baseline_on,
    baseline_code,
    baseline_score,
    has_end,
    end_on,
    end_code,
    end_score

from pairs
qualify row_number() over (
    partition by domain, intervention_id
    order by
        case when has_baseline and has_end then 0 else 1 end asc,
        end_on is null asc,
        end_on desc,
        end_rank desc,
        tool asc
) = 1
