-- Missing episodes, counted on the day the clock of the return interview runs out: one row per episode whose
-- end is known. Every child notified to the authority counts; for 56 and 60 those looked after by us when
-- they went missing, which without a date of birth nobody can tell.
with returns as (
    select
        *,
        coalesce(
            because, case when not has_interview then 'missing: return interview' end
        ) as because_of_interview,
        coalesce(
            because,
            case
                when not is_age_known then 'unknown: date of birth'
                when not has_interview then 'missing: return interview'
            end
        ) as because_of_care
    from {{ ref('return_interview_clocks') }}
    where episode_type = 'M' or (episode_type = 'A' and {{ parameter('include_away_episodes') }})
)

select
    missing_episode_id as case_id,
    person_id,
    clock_ended_on as counted_on,
    {{ breakdowns() }},
    was_looked_after,

    -- evidence
    started_on,
    returned_on as ended_on,
    clock_ended_on as due_on,
    held_on as done_on,
    because_of_interview as because,
    because_of_care,

    -- measures
    case when because is null then held_on is not null end as was_interviewed,
    case
        when because is null and not is_not_accepted then held_on is not null
    end as was_interviewed_if_accepted,
    case when because is null then is_held_in_time end as was_interviewed_in_time,
    case
        when because is null and not is_not_accepted then is_held_in_time
    end as was_interviewed_in_time_if_accepted,
    case when because is null and is_age_known then held_on is not null end as was_interviewed_in_care,
    case
        when because is null and is_age_known and not is_not_accepted then held_on is not null
    end as was_interviewed_in_care_if_accepted,
    case when because is null and is_age_known then is_held_in_time end as was_interviewed_in_care_in_time,
    case
        when because is null and is_age_known and not is_not_accepted then is_held_in_time
    end as was_interviewed_in_care_in_time_if_accepted

from returns
