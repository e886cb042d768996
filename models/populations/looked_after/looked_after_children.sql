-- Children looked after at each month end: one row per child and period end.
select
    period_end,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    care_started_on as started_on,
    legal_status,
    because,
    coalesce(because, case when legal_status is null then 'missing: legal status' end) as because_of_status,

    -- measures
    case when because is null then true end as is_looked_after,
    case when because is null then not is_unaccompanied end as is_looked_after_and_accompanied,
    case when because is null then coalesce(legal_status = 'V2', false) end as is_accommodated,
    case
        when because is null and not is_unaccompanied then coalesce(legal_status = 'V2', false)
    end as is_accommodated_and_accompanied

from {{ ref('looked_after_at_month_end') }}
