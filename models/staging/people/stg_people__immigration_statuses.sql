-- Immigration statuses as extracted: one row per immigration status id.
select
    immi_person_id as person_id,
    immi_immigration_status_id as immigration_status_id,
    immi_immigration_status_id_rank as immigration_status_id_rank,
    immi_immigration_status as immigration_status,
    cast(immi_immigration_status_start_date as date) as started_on,
    cast(immi_immigration_status_end_date as date) as ended_on

from {{ source('people', 'ssd_immigration_status') }}
