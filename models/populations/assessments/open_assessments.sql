-- Single assessments open at each month end: one row per assessment and period end.
select
    open_assessments.period_end,
    open_assessments.assessment_id as case_id,
    open_assessments.person_id,
    {{ breakdowns('open_assessments') }},

    -- evidence
    open_assessments.started_on,
    open_assessments.due_on,
    open_assessments.because,
    front_door.because as because_of_visit,

    -- measures
    case when open_assessments.because is null then true end as is_open,
    case
        when open_assessments.because is null
            then open_assessments.working_days_open > {{ parameter('assessment_working_days') }}
    end as is_overdue,
    case when front_door.because is null then not front_door.was_visited end as is_without_a_visit

from {{ ref('open_assessments_at_month_end') }} as open_assessments
left join {{ ref('front_door_assessments') }} as front_door
    on open_assessments.assessment_id = front_door.assessment_id
    and open_assessments.period_end = front_door.period_end
