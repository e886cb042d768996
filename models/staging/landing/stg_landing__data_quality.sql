-- What was set aside or flagged at the door: one row per finding.
select
    extract,
    file,
    line,
    column_name,
    rule,
    effect

from {{ source('landing', 'data_quality') }}
