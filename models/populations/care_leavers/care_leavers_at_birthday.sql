-- Former relevant young people aged 19 to 21 at each month end, by their latest birthday: one row per person and period end.
with cohort as (
    select
        *,
        coalesce(
            because,
            case
                when accommodation_code = 'G' then 'excluded: gone abroad'
                when accommodation_code = 'H' then 'excluded: deported'
                when accommodation_code = 'R' then 'excluded: residence not known'
                when accommodation_code is null then 'missing: accommodation'
            end
        ) as because_of_accommodation
    from {{ ref('care_leaver_birthdays_at_month_end') }}
    where is_former_relevant and coalesce(age between 19 and 21, true)
)

select
    period_end,
    {{ case_of('person_id', 'nobodys_spell_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence: no dates, since the birthday that decides would tell the date of birth
    because_of_accommodation,
    coalesce(because, case when activity_code is null then 'missing: activity' end) as because,

    -- measures
    case
        when because_of_accommodation is null or because_of_accommodation like 'missing:%'
            then coalesce(accommodation_suitability = '1' and accommodation_code <> '0', false)
    end as is_in_suitable_accommodation,
    case
        when because_of_accommodation is null or because_of_accommodation like 'missing:%'
            then coalesce(accommodation_code = 'Z', false)
    end as is_staying_put,
    case
        when because is null
            then coalesce(activity_code in ('F1', 'P1', 'F2', 'P2', 'F3', 'P3', 'F4', 'P4', 'F5', 'P5'), false)
    end as is_in_education_employment_or_training,
    case when because is null then coalesce(activity_code in ('F1', 'P1'), false) end as is_in_higher_education,
    case when because is null then coalesce(activity_code in ('G4', 'G5', 'G6'), false) end as is_neet

from cohort
