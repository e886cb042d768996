-- Health checks that took place, by kind: one row per check.
select
    health_check_id,
    person_id,
    checked_on,
    replace(replace(lower(check_type), '_', ' '), '-', ' ') like '%health assessment%' as is_health_assessment,
    lower(check_type) like '%dent%' or lower(check_type) like '%teeth%' as is_dental_check

from {{ ref('stg_health__health_checks') }}
where lower(status) = 'completed' and checked_on is not null
