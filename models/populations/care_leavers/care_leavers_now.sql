-- Former relevant young people aged 19 to 21 at the last month end, by their latest known position: one row per person
-- and period end. The extract holds the latest position only, so earlier month ends have none.
with latest as (
    select
        person_id,
        upper(substr(accommodation_code, 1, 1)) as accommodation_code,
        coalesce(
            accommodation_suitability, nullif(substr(accommodation_code, 2, 1), '')
        ) as accommodation_suitability,
        activity_code
    from {{ ref('stg_care_leavers__care_leavers') }}
    qualify row_number() over (partition by person_id order by care_leaver_id_rank desc) = 1
),

cohort as (
    select
        birthdays.*,
        latest.accommodation_code as accommodation_now,
        latest.accommodation_suitability as suitability_now,
        latest.activity_code as activity_now,
        coalesce(
            birthdays.because,
            case
                when latest.accommodation_code = 'G' then 'excluded: gone abroad'
                when latest.accommodation_code = 'H' then 'excluded: deported'
                when latest.accommodation_code = 'R' then 'excluded: residence not known'
                when latest.accommodation_code is null then 'missing: accommodation'
            end
        ) as because_of_accommodation
    from {{ ref('care_leaver_birthdays_at_month_end') }} as birthdays
    inner join {{ ref('month_ends') }} as month_ends using (period_end)
    left join latest using (person_id)
    where
        month_ends.is_last
        and birthdays.is_former_relevant
        and coalesce(birthdays.age between 19 and 21, true)
)

select
    period_end,
    {{ case_of('person_id', 'nobodys_spell_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence: no dates, since the birthday that decides would tell the date of birth
    because_of_accommodation,
    coalesce(because, case when activity_now is null then 'missing: activity' end) as because,

    -- measures
    case
        when because_of_accommodation is null or because_of_accommodation like 'missing:%'
            then coalesce(suitability_now = '1' and accommodation_now <> '0', false)
    end as is_in_suitable_accommodation,
    case
        when because is null
            then coalesce(activity_now in ('F1', 'P1', 'F2', 'P2', 'F3', 'P3', 'F4', 'P4', 'F5', 'P5'), false)
    end as is_in_education_employment_or_training

from cohort
