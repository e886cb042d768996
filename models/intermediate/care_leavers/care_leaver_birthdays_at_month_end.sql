-- Care leavers aged 17 to 21 at each month end with the latest birthday's record (the OC3 cohort):
-- one row per person and period end. `because` says why a person is not in the cohort.
with in_care_on_birthday as (
    select distinct
        aged.period_end,
        aged.person_id
    from {{ ref('care_leavers_aged_17_to_21') }} as aged
    inner join {{ ref('care_periods') }} as periods
        on aged.person_id = periods.person_id
        and aged.birthday_on >= periods.started_on
        and aged.birthday_on < coalesce(periods.ended_on, {{ forever() }})
    left join {{ ref('legal_status_timeline') }} as statuses
        on aged.person_id = statuses.person_id
        and aged.birthday_on >= statuses.from_on
        and aged.birthday_on < statuses.until_on
    where coalesce(statuses.legal_status, 'none recorded') not in ('V3', 'V4')
),

last_periods as (
    select
        aged.period_end,
        aged.person_id,
        periods.end_reason,
        periods.ended_on
    from {{ ref('care_leavers_aged_17_to_21') }} as aged
    inner join {{ ref('care_periods') }} as periods
        on aged.person_id = periods.person_id and aged.period_end >= periods.started_on
    qualify row_number() over (
        partition by aged.period_end, aged.person_id
        order by
            periods.started_on desc, coalesce(periods.ended_on, {{ forever() }}) desc, periods.care_period_id_rank desc
    ) = 1
),

only_short_breaks as (
    select
        aged.period_end,
        aged.person_id
    from {{ ref('care_leavers_aged_17_to_21') }} as aged
    inner join {{ ref('legal_status_spells') }} as statuses
        on aged.person_id = statuses.person_id and aged.period_end >= statuses.started_on
    group by aged.period_end, aged.person_id
    having bool_and(statuses.legal_status in ('V3', 'V4'))
)

select
    aged.period_end,
    aged.person_id,
    aged.nobodys_spell_id,
    aged.is_former_relevant,
    aged.age,
    aged.birthday_on,
    birthdays.in_touch_code,
    birthdays.accommodation_code,
    birthdays.accommodation_suitability,
    birthdays.activity_code,
    birthdays.person_id is not null as has_birthday_record,
    case
        when aged.person_id is null then 'unknown: person'
        when responsible.authority_code <> run.authority then 'excluded: the responsibility of another authority'
        when aged.born_on is null then 'unknown: date of birth'
        when aged.died_on <= aged.period_end or birthdays.in_touch_code = 'DIED' then 'excluded: died'
        when birthdays.in_touch_code = 'RHOM' then 'excluded: returned home'
        when in_care_on_birthday.person_id is not null then 'excluded: looked after on the birthday'
        when last_periods.end_reason = 'E3' and last_periods.ended_on <= aged.period_end
            then 'excluded: care taken over by another authority'
        when only_short_breaks.person_id is not null then 'excluded: series of short breaks'
    end as because,
    {{ child_breakdowns('child', 'aged.period_end') }}

from {{ ref('care_leavers_aged_17_to_21') }} as aged
cross join {{ ref('stg_landing__run') }} as run
left join {{ ref('care_leaver_birthday_records') }} as birthdays
    on aged.person_id = birthdays.person_id and aged.age = birthdays.age_reached
left join in_care_on_birthday
    on aged.person_id = in_care_on_birthday.person_id and aged.period_end = in_care_on_birthday.period_end
left join last_periods on aged.person_id = last_periods.person_id and aged.period_end = last_periods.period_end
left join only_short_breaks
    on aged.person_id = only_short_breaks.person_id and aged.period_end = only_short_breaks.period_end
left join {{ ref('authority_timeline') }} as responsible
    on aged.person_id = responsible.person_id
    and aged.period_end >= responsible.from_on
    and aged.period_end < responsible.until_on
left join {{ ref('child_timeline') }} as child
    on aged.person_id = child.person_id and aged.period_end >= child.from_on and aged.period_end < child.until_on
