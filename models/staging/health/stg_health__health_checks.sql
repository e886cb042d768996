-- Health checks as extracted: one row per health check id.
select
    clah_health_check_id as health_check_id,
    clah_health_check_id_rank as health_check_id_rank,
    clah_person_id as person_id,
    clah_health_check_type as check_type,
    cast(clah_health_check_date as date) as checked_on,
    clah_health_check_status as status

from {{ source('health', 'ssd_cla_health') }}
