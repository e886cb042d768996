-- Plans as extracted: one row per cin plan id.
select
    cinp_cin_plan_id as cin_plan_id,
    cinp_cin_plan_id_rank as cin_plan_id_rank,
    cinp_referral_id as referral_id,
    cinp_person_id as person_id,
    cast(cinp_cin_plan_start_date as date) as started_on,
    cast(cinp_cin_plan_end_date as date) as ended_on,
    cinp_cin_plan_team as team_id,
    cinp_cin_plan_worker_id as worker_id,
    source_file,
    source_line

from {{ source('child_in_need', 'ssd_cin_plans') }}
