-- Applications for a care or supervision order, counted on the day they concluded: one row per child in a
-- case.
with concluded as (
    select
        *,
        case
            when person_id is null then 'unknown: child'
            when was_case_transferred then 'excluded: transferred to another authority'
        end as because_of_case
    from {{ ref('court_applications') }}
    where is_care_or_supervision and concluded_on is not null
),

applications as (
    select
        *,
        coalesce(
            because_of_case,
            case
                when issued_on is null then 'unknown: issue date'
                when concluded_on < issued_on then 'unknown: concluded before it was issued'
            end
        ) as because,
        case
            when application_type = 'CARE'
                then coalesce(because_of_case, case when final_order is null then 'unknown: final order' end)
        end as because_of_order
    from concluded
)

select
    applications.proceedings_child_id as case_id,
    applications.person_id,
    applications.concluded_on as counted_on,
    {{ child_breakdowns('child', 'applications.concluded_on') }},

    -- evidence
    applications.issued_on as started_on,
    applications.concluded_on as ended_on,
    applications.because,
    applications.because_of_order,
    case
        when applications.application_type = 'CARE'
            then coalesce(
                applications.because_of_order,
                case when applications.order_sought_final is null then 'missing: order sought' end
            )
    end as because_of_position,

    -- measures
    case
        when applications.because is null
            then {{ days_between('applications.issued_on', 'applications.concluded_on') }}
                <= {{ parameter('care_proceedings_days') }}
    end as was_concluded_in_26_weeks,
    case
        when applications.application_type = 'CARE' and applications.because_of_order is null
            then applications.final_order in ('CARE', 'CARE_AND_PLACEMENT')
    end as was_granted_as_applied,
    case
        when applications.application_type = 'CARE' and applications.because_of_order is null
            then coalesce(
                case applications.final_order
                    when 'CARE_AND_PLACEMENT' then 'CARE'
                    when 'WITHDRAWN' then 'NONE'
                    else applications.final_order
                end = applications.order_sought_final,
                false
            )
    end as was_granted_as_sought

from applications
left join {{ ref('child_timeline') }} as child
    on applications.person_id = child.person_id
    and applications.concluded_on >= child.from_on
    and applications.concluded_on < child.until_on
