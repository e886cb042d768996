-- Support episodes as extracted: one row per row of local_support_episodes.
select
    support_episode_id,
    support_episode_id_rank,
    person_id,
    family_id,
    service_level,
    start_date as started_on,
    end_date as ended_on,
    start_source,
    end_reason,
    end_destination,
    short_breaks as is_short_breaks_only

from {{ source('early_help', 'local_support_episodes') }}
