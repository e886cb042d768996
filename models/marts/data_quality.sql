-- What was set aside or flagged at the door, never the value: one row per finding.
select
    extract,
    file,
    line,
    column_name,
    rule,
    effect

from {{ ref('stg_landing__data_quality') }}
