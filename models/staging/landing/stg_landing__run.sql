-- What tonight's run is about: one row.
select
    run_id,
    as_at,
    months,
    authority

from {{ source('landing', 'run') }}
