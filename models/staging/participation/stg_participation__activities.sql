-- Activities as extracted: one row per activity.
select
    activity_id,
    activity_id_rank,
    activity_date as held_on,
    purpose,
    anonymous_headcount

from {{ source('participation', 'local_participation_activities') }}
