-- Which extracts were delivered and what they cover: one row per extract of the contract.
select
    extract,
    is_loaded,
    population,
    covered_from,
    covered_to,
    not_told,
    n_rows

from {{ source('landing', 'loaded_extracts') }}
