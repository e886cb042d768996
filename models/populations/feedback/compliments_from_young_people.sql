-- Compliments paid by children and young people, counted on the day they were received:
-- one row per compliment.
select
    compliment_id as case_id,
    person_id,
    received_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    because_of_person as because,

    -- measures
    case
        when because_of_person is null and age <= {{ parameter('cyp_max_age') }} then true
    end as is_from_young_person

from {{ ref('compliments') }}
where from_type = 'CHILD'
