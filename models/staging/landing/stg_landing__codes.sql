-- The code lists of the contract: one row per code set and code.
select
    code_set,
    code,
    meaning

from {{ source('landing', 'codes') }}
