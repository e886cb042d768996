-- Statutory complaints at stage 1, counted on the day they were answered: one row per complaint.
select
    complaint_id as case_id,
    cast(null as string) as person_id,
    responded_on as counted_on,
    {{ breakdowns(has=['service_area', 'team']) }},

    -- evidence
    clock_starts_on as started_on,
    working_days_taken,
    coalesce(because, because_of_time) as because,

    -- measures
    case
        when coalesce(because, because_of_time) is null
            then working_days_taken <= {{ parameter('complaint_working_days') }}
    end as took_20_working_days_or_fewer,
    case
        when coalesce(because, because_of_time) is null
            then working_days_taken <= {{ parameter('complaint_early_working_days') }}
    end as took_10_working_days_or_fewer

from {{ ref('stage_1_complaints') }}
where responded_on is not null
