-- Applications to the court about children, with the case each belongs to: one row per child's row in one
-- case.
select
    proceedings_child_id,
    proceedings_child_id_rank,
    coalesce(case_number, 'row ' || proceedings_child_id) as court_case_id,
    case_number is not null as is_case_known,
    person_id,
    application_type,
    coalesce(application_type in ('CARE', 'SUPERVISION'), false) as is_care_or_supervision,
    issued_on,
    concluded_on,
    order_sought_final,
    final_order,
    bool_or(coalesce(was_transferred_out, false)) over (
        partition by coalesce(case_number, 'row ' || proceedings_child_id)
    ) as was_case_transferred

from {{ ref('stg_court__proceedings') }}
