-- What the targets are and what each rests on: one row per measure, statistic, service area, period type and first day.
select
    measure_number,
    statistic,
    service_area,
    period_type,
    target,
    amber_tolerance,
    valid_from,
    valid_to,
    council_agreed_on,
    organisation_agreed_on,
    note,
    basis

from {{ source('agreement', 'agreement_targets') }}
