-- Stages of complaints, in their order within the complaint: one row per stage. The first is the row of the
-- lowest stage, then the earliest received; the last that of the highest stage, then the latest received.
with stages as (
    select
        *,
        coalesce(complaint_id, complaint_stage_id) as known_by,
        case
            when received_on is not null then greatest(received_on, coalesce(clock_started_on, received_on))
        end as clock_starts_on
    from {{ ref('stg_feedback__complaint_stages') }}
)

select
    complaint_stage_id,
    known_by as complaint_id,
    case when complaint_id is null then 'unknown: complaint' end as because,
    stage,
    procedure,
    received_on,
    clock_starts_on,
    complainant_type,
    coalesce(complainant_person_id, child_person_id) as person_id,
    team_id,
    responded_on,
    closed_on,
    outcome,
    coalesce(went_straight_to_stage_2, false) as went_straight_to_stage_2,
    learning_identified,
    learning_disseminated_on,
    row_number() over (
        partition by known_by
        order by stage is null, stage, received_on is null, received_on, complaint_stage_id_rank
    ) = 1 as is_first,
    row_number() over (
        partition by known_by
        order by
            stage is null,
            stage desc,
            received_on is null,
            received_on desc,
            complaint_stage_id_rank desc
    ) = 1 as is_last

from stages
