-- Outcome scores as extracted: one row per row of local_outcome_scores.
select
    outcome_score_id,
    outcome_score_id_rank,
    support_episode_id,
    person_id,
    domain,
    tool_hash as tool_fingerprint,
    phase,
    recorded_date as recorded_on,
    value_code,
    value_score

from {{ source('early_help', 'local_outcome_scores') }}
