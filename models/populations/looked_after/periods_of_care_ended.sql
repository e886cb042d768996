-- Periods of care, counted on the day they ended: one row per period of care. Series of short breaks are left
-- out.
select
    care_period_id as case_id,
    person_id,
    ended_on as counted_on,
    {{ breakdowns() }},
    coalesce(end_reason, 'not recorded') as end_reason,

    -- evidence
    started_on,
    {{ day_but_no_birthday('ended_on') }} as ended_on,
    because,

    -- measures
    case when because is null then true end as has_ended

from {{ ref('care_ends') }}
