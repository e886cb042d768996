-- Which extracts a statistic cannot do without, and which only refine it: one row per measure, statistic and extract.
select
    measure_number,
    statistic,
    extract,
    role,
    needed_column

from {{ source('landing', 'measure_needs') }}
