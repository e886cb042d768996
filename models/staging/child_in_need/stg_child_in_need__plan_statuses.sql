-- Plan statuses as extracted: one row per cinp_cin_plan_id.
select
    cin_plan_id,
    cin_plan_id_rank,
    person_id,
    status,
    visit_interval_working_days,
    short_break_only as is_short_break_only

from {{ source('child_in_need', 'local_cin_plan_status') }}
