-- Which values parameters have had, have and will have: one row per parameter and first day.
select
    parameter,
    value,
    valid_from,
    council_agreed_on,
    organisation_agreed_on,
    note,
    basis,
    is_in_force

from {{ source('agreement', 'agreement_parameters') }}
