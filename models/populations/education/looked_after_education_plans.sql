-- Education plans of the looked after children of nursery to sixth form age, at each month end: one row per child and period end.
with terms as (
    select
        month_ends.period_end,
        max(terms.term_start) as started_on
    from {{ ref('month_ends') }} as month_ends
    inner join {{ ref('school_terms') }} as terms on month_ends.period_end >= terms.term_end
    group by month_ends.period_end
),

meetings as (
    select
        looked_after.period_end,
        looked_after.person_id,
        max(plans.met_on) as last_met_on
    from {{ ref('looked_after_at_month_end') }} as looked_after
    inner join {{ ref('stg_education__education_plans') }} as plans
        on looked_after.person_id = plans.person_id
        and looked_after.care_started_on <= plans.met_on
        and looked_after.period_end >= plans.met_on
    where plans.status = 'COMPLETED'
    group by looked_after.period_end, looked_after.person_id
),

children as (
    select
        looked_after.*,
        {{ age('looked_after.born_on', '(years.started_on - 1)') }} as academic_age,
        terms.started_on as term_started_on,
        meetings.last_met_on,
        case
            when looked_after.because is not null then looked_after.because
            when until_day.working_day_number - care_start.working_day_number
                <= {{ parameter('pep_first_due_working_days') }}
                then 'excluded: the first education plan is not yet due'
            when meetings.last_met_on is null then 'missing: completed meeting'
        end as because_of_plan
    from {{ ref('looked_after_at_month_end') }} as looked_after
    inner join {{ ref('academic_years') }} as years
        on looked_after.period_end >= years.started_on and looked_after.period_end <= years.ended_on
    left join {{ ref('calendar') }} as care_start on looked_after.care_started_on = care_start.day
    inner join {{ ref('calendar') }} as until_day on looked_after.period_end = until_day.day
    left join terms on looked_after.period_end = terms.period_end
    left join meetings
        on looked_after.person_id = meetings.person_id and looked_after.period_end = meetings.period_end
)

select
    period_end,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    case
        when academic_age is null then 'not recorded'
        when academic_age < 4 then 'early_years'
        when academic_age <= 15 then 'statutory_school_age'
        else 'post_16'
    end as phase,
    care_started_on as started_on,
    last_met_on as done_on,
    term_started_on,
    because_of_plan as because,

    -- measures
    case
        when because_of_plan is null then last_met_on >= term_started_on
        when because_of_plan like 'missing:%' then false
    end as has_an_education_plan_in_date

from children
where
    because is not null
    or academic_age between {{ parameter('pep_min_academic_age') }} and {{ parameter('pep_max_academic_age') }}
