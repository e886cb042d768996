-- From when expected limits are worked out anew: one row per measure, statistic and step.
select
    measure_number,
    statistic,
    step_from,
    reason,
    council_agreed_on,
    organisation_agreed_on,
    note,
    basis

from {{ source('agreement', 'agreement_steps') }}
