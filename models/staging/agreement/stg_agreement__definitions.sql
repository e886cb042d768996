-- Which version of a definition was agreed: one row per measure.
select
    measure_number,
    definition_version,
    owner,
    next_review,
    council_agreed_on,
    organisation_agreed_on,
    note,
    basis

from {{ source('agreement', 'agreement_definitions') }}
