-- People who stepped up to social care from targeted family support or early help, each once in a period by the latest
-- decision: one row per period type, period end and person, or referral without a person. Of a person's referrals in the
-- period, one from targeted family support says where from, then one whose source is recorded.
with steps as (
    select
        periods.period_type,
        periods.period_end,
        steps.*,
        {{ case_of('steps.person_id', 'steps.referral_id') }} as case_id,
        first_value(steps.from_service) over referrals_of_person as came_from,
        first_value(steps.is_recorded) over referrals_of_person as came_as_recorded
    from {{ ref('steps_up') }} as steps
    inner join {{ ref('periods') }} as periods
        on steps.decided_on >= periods.period_start and steps.decided_on <= periods.period_end
    window referrals_of_person as (
        partition by periods.period_type, periods.period_end, {{ case_of('steps.person_id', 'steps.referral_id') }}
        order by
            case when steps.from_service = 'TFS' then 0 else 1 end,
            case when steps.is_recorded then 0 else 1 end
    )
)

select
    period_type,
    period_end,
    case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    received_on as started_on,
    decided_on as done_on,
    because,

    -- measures
    case when because is null then true end as stepped_up,
    case when because is null then came_from = 'TFS' end as came_from_targeted_support,
    case when because is null then came_from = 'EARLY_HELP' end as came_from_early_help,
    case when because is null then not came_as_recorded end as was_inferred

from steps
qualify row_number() over (
    partition by period_type, period_end, case_id
    order by decided_on desc, referral_id_rank desc
) = 1
