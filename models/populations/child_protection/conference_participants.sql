-- Children aged 12 or over at their child protection conferences, counted on the day these were held:
-- one row per kind of conference, child and day.
with conferences as (
    select
        'initial ' || initial_conference_id as case_id,
        person_id,
        held_on,
        age,
        is_age_unknown,
        participation_code,
        because,
        {{ breakdowns() }}
    from {{ ref('initial_conferences') }}
    union all
    select
        'review ' || review_id as case_id,
        person_id,
        held_on,
        age,
        is_age_unknown,
        participation_code,
        because,
        {{ breakdowns() }}
    from {{ ref('review_conferences') }}
),

asked as (
    select
        *,
        coalesce(
            because,
            case
                when is_age_unknown then 'unknown: date of birth'
                when participation_code is null then 'missing: participation code'
            end
        ) as because_of_code
    from conferences
    where age >= 12 or is_age_unknown
)

select
    case_id,
    person_id,
    held_on as counted_on,
    {{ breakdowns() }},

    -- evidence
    held_on as done_on,
    participation_code,
    because_of_code as because,

    -- measures
    case
        when because_of_code is null or because_of_code like 'missing:%'
            then coalesce(participation_code in ('PN1', 'PN2', 'PN3', 'PN4'), false)
    end as attended,
    case
        when because_of_code is null or because_of_code like 'missing:%'
            then coalesce(participation_code in ('PN1', 'PN2', 'PN3', 'PN5', 'PN6'), false)
    end as participated

from asked
