-- Strategy discussions, counted on the day they were held: one row per child's discussion.
select
    strategy_discussion_id as case_id,
    person_id,
    held_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    held_on as done_on,
    because,
    coalesce(because, case when not has_attendance then 'missing: attendance' end) as because_of_attendance,
    case
        when is_unborn or not is_of_school_age then null
        when because is not null then because
        when is_of_school_age is null then 'unknown: date of birth'
        when not has_attendance then 'missing: attendance'
    end as because_of_school,
    coalesce(
        because,
        case when outcome is null and not led_to_an_enquiry then 'missing: outcome' end
    ) as because_of_outcome,

    -- measures
    case when because is null then true end as was_held,
    case when because is null then police_were_involved end as police_were_involved,
    case when because is null then health_was_involved end as health_was_involved,
    case when because is null and is_of_school_age then school_was_involved end as school_was_involved,
    case when because is null then led_to_an_enquiry end as led_to_an_enquiry

from {{ ref('strategy_discussions') }}
