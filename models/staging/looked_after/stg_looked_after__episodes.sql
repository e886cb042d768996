-- Episodes as extracted: one row per cla episode id.
select
    clae_cla_episode_id as episode_id,
    clae_cla_episode_id_rank as episode_id_rank,
    clae_person_id as person_id,
    clae_cla_episode_start_date as started_at,
    cast(clae_cla_episode_start_date as date) as started_on,
    clae_cla_episode_start_reason as start_reason,
    clae_cla_primary_need_code as primary_need,
    clae_cla_episode_ceased_date as ended_at,
    cast(clae_cla_episode_ceased_date as date) as ended_on,
    clae_cla_episode_ceased_reason as end_reason,
    clae_cla_id as cla_id,
    clae_referral_id as referral_id,
    clae_cla_placement_id as placement_id,
    cast(clae_entered_care_date as date) as entered_care_on,
    cast(clae_cla_last_iro_contact_date as date) as last_iro_contact_on,
    source_file,
    source_line

from {{ source('looked_after', 'ssd_cla_episodes') }}
