-- What may be wrong with a row: one row per rule.
select
    rule,
    effect,
    is_asked,
    meaning

from {{ source('landing', 'rules') }}
