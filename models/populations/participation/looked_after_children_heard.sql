-- Children looked after at the period end and whether they completed a questionnaire in the period: one row per period type,
-- period end and child.
select
    periods.period_type,
    periods.period_end,
    {{ case_of('looked_after.person_id', 'looked_after.care_period_id') }} as case_id,
    looked_after.person_id,
    {{ breakdowns('looked_after') }},

    -- evidence
    looked_after.care_started_on as started_on,
    heard.done_on,
    looked_after.because,

    -- measures
    case when looked_after.because is null then heard.person_id is not null end as was_heard

from {{ ref('looked_after_at_month_end') }} as looked_after
inner join {{ ref('periods') }} as periods on looked_after.period_end = periods.period_end
left join {{ ref('children_heard') }} as heard
    on looked_after.person_id = heard.person_id
    and periods.period_type = heard.period_type
    and periods.period_end = heard.period_end
