-- Case audits, counted on the day they were completed: one row per audit.
with audits as (
    select
        *,
        coalesce(audit_type, 'not recorded') <> 'DIP_SAMPLE' as is_case_audit,
        case
            when audit_type = 'DIP_SAMPLE' then null
            when audit_type is null or audit_type not in ('CASE_FILE', 'THEMATIC') then 'unknown: audit type'
            when grade is null then 'excluded: no grade'
            when grade not in ('OUTSTANDING', 'GOOD', 'REQUIRES_IMPROVEMENT', 'INADEQUATE') then 'unknown: grade'
        end as because_of_grade
    from {{ ref('case_audits') }}
)

select
    audit_id as case_id,
    person_id,
    completed_on as counted_on,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    grade,
    cast(null as varchar) as because,
    because_of_grade,

    -- measures
    case when is_case_audit then true end as is_completed,
    case
        when is_case_audit and because_of_grade is null then grade in ('OUTSTANDING', 'GOOD', 'REQUIRES_IMPROVEMENT')
    end as requires_improvement_or_better,
    case when is_case_audit and because_of_grade is null then grade in ('OUTSTANDING', 'GOOD') end as is_good_or_better

from audits
