-- Children and young people named in activities that shape policy, each once in a period by the latest: one row per period
-- type, period end and person, or attendance without a person.
with attended as (
    select
        {{ case_of('attendance.person_id', 'attendance.participation_attendance_id') }} as case_id,
        attendance.person_id,
        attendance.participation_attendance_id_rank,
        activities.held_on,
        {{ age('child.born_on', 'activities.held_on') }} as age,
        case
            when attendance.person_id is null then 'unknown: young person'
            when child.born_on is null then 'unknown: date of birth'
        end as because,
        {{ child_breakdowns('child', 'activities.held_on') }}
    from {{ ref('policy_activities') }} as activities
    inner join {{ ref('stg_participation__activity_attendance') }} as attendance using (activity_id)
    left join {{ ref('child_timeline') }} as child
        on attendance.person_id = child.person_id
        and activities.held_on >= child.from_on
        and activities.held_on < child.until_on
)

select
    periods.period_type,
    periods.period_end,
    attended.case_id,
    attended.person_id,
    {{ breakdowns('attended') }},

    -- evidence
    attended.held_on as done_on,
    attended.because,

    -- measures
    case when attended.because is null then true end as was_involved

from attended
inner join {{ ref('periods') }} as periods
    on attended.held_on >= periods.period_start and attended.held_on <= periods.period_end
where attended.because is not null or attended.age between 0 and {{ parameter('cyp_max_age') }}
qualify row_number() over (
    partition by periods.period_type, periods.period_end, attended.case_id
    order by attended.held_on desc, attended.participation_attendance_id_rank desc
) = 1
