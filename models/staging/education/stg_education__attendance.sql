-- Attendance as extracted: one row per row of local_attendance.
select
    attendance_id,
    attendance_id_rank,
    person_id,
    week_start as week_started_on,
    sessions_possible,
    sessions_attended

from {{ source('education', 'local_attendance') }}
