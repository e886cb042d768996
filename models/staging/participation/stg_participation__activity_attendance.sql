-- Activity attendance as extracted: one row per row of local_participation_attendance.
select
    participation_attendance_id,
    participation_attendance_id_rank,
    activity_id,
    person_id

from {{ source('participation', 'local_participation_attendance') }}
