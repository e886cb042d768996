-- What the looked after children aged 16 and 17 do who are past compulsory school age, at each month end:
-- one row per child and period end.
with young_people as (
    select
        looked_after.*,
        activities.from_on as activity_from,
        activities.activity_code,
        coalesce(activities.activity_code, 'NOT_KNOWN') = 'NOT_KNOWN' as is_activity_not_known
    from {{ ref('looked_after_at_month_end') }} as looked_after
    left join {{ ref('activity_timeline') }} as activities
        on looked_after.person_id = activities.person_id
        and looked_after.period_end >= activities.from_on
        and looked_after.period_end < activities.until_on
    where
        looked_after.because is not null
        or (looked_after.age >= 16 and {{ school_age_until('looked_after.born_on') }} <= looked_after.period_end)
)

select
    period_end,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    activity_code,
    activity_from as started_on,
    because as because_of_age,
    coalesce(because, case when is_activity_not_known then 'missing: activity' end) as because,

    -- measures
    case
        when because is null then coalesce(activity_code in ('NEET_ILLNESS', 'NEET_PARENT', 'NEET_OTHER'), false)
    end as is_neet,
    case when because is null then is_activity_not_known end as is_activity_not_known

from young_people
