-- Case audits, counted on the day they were completed: one row per audit. A dip sample is none.
select
    audit_id as case_id,
    person_id,
    completed_on as counted_on,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    grade,
    cast(null as string) as because,
    because_of_grade,

    -- measures
    true as is_completed,
    case
        when because_of_grade is null then grade in ('OUTSTANDING', 'GOOD', 'REQUIRES_IMPROVEMENT')
    end as requires_improvement_or_better,
    case when because_of_grade is null then grade in ('OUTSTANDING', 'GOOD') end as is_good_or_better

from {{ ref('case_audits') }}
where not is_dip_sample
