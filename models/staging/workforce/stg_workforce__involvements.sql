-- Involvements as extracted: one row per involvements id.
select
    invo_involvements_id as involvement_id,
    invo_involvements_id_rank as involvement_id_rank,
    invo_professional_id as worker_id,
    invo_professional_role_id as role,
    invo_professional_team as team_id,
    invo_involvement_start_date as started_at,
    cast(invo_involvement_start_date as date) as started_on,
    cast(invo_involvement_end_date as date) as ended_on,
    invo_worker_change_reason as change_reason,
    invo_person_id as person_id,
    invo_referral_id as referral_id,
    source_file,
    source_line

from {{ source('workforce', 'ssd_involvements') }}
