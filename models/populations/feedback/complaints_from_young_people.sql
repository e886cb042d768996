-- Complaints made by children and young people, counted on the day they were received: one row per complaint.
select
    complaint_id as case_id,
    person_id,
    raised_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    because_of_person as because,

    -- measures
    case
        when because_of_person is null and age <= {{ parameter('cyp_max_age') }} then true
    end as is_from_young_person

from {{ ref('complaints') }}
where complainant_type = 'CHILD' and raised_on is not null
