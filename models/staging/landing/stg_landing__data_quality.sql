-- What was set aside or flagged at the door: one row per finding, or for many.
select
    extract,
    file,
    line,
    column_name,
    rule,
    effect,
    n_findings

from {{ source('landing', 'data_quality') }}
