-- Episodes as extracted: one row per row of ssd_missing.
select
    miss_table_id as missing_episode_id,
    miss_table_id_rank as missing_episode_id_rank,
    miss_person_id as person_id,
    miss_missing_episode_start_date as started_at,
    cast(miss_missing_episode_start_date as date) as started_on,
    miss_missing_episode_type as episode_type,
    miss_missing_episode_end_date as ended_at,
    cast(miss_missing_episode_end_date as date) as ended_on,
    miss_missing_rhi_offered as interview_offered,
    miss_missing_rhi_accepted as interview_accepted

from {{ source('missing', 'ssd_missing') }}
