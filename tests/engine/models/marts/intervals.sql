-- The interval of each row: one row per row.
select
    *,
    {{ interval_end('lower', 'counted') }} as lower,
    {{ interval_end('upper', 'counted') }} as upper
from {{ ref('counted') }} as counted
