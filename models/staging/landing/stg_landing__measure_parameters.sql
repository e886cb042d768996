-- Which parameters a definition names, in its order: one row per measure and parameter.
select
    measure_number,
    parameter,
    parameter_order

from {{ source('landing', 'measure_parameters') }}
