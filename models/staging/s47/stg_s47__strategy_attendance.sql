-- Strategy attendance as extracted: one row per row of local_strategy_attendance.
select
    strategy_attendance_id,
    strategy_attendance_id_rank,
    strategy_discussion_id,
    agency,
    attended,
    contributed

from {{ source('s47', 'local_strategy_attendance') }}
