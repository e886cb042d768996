-- Proceedings as extracted: one row per one child's row in one case.
select
    proceedings_child_id,
    proceedings_child_id_rank,
    case_number,
    person_id,
    application_type,
    issued_date as issued_on,
    concluded_date as concluded_on,
    order_sought_final,
    final_order,
    transferred_out as was_transferred_out

from {{ source('court', 'local_court_proceedings') }}
