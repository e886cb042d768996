-- Care leavers aged 17 to 21 at each month end and whether they were in touch around their latest birthday: one row per
-- person and period end.
with contacts as (
    select
        cohort.period_end,
        cohort.person_id,
        min(contacts.contacted_on) as first_contact_on
    from {{ ref('care_leaver_birthdays_at_month_end') }} as cohort
    inner join {{ ref('care_leaver_contacts_in_touch') }} as contacts
        on cohort.person_id = contacts.person_id
        and contacts.contacted_on >= {{ plus_months('cohort.birthday_on', -3) }}
        and contacts.contacted_on <= {{ plus_months('cohort.birthday_on', 1) }}
    group by cohort.period_end, cohort.person_id
),

cohort as (
    select
        cohort.*,
        contacts.first_contact_on,
        coalesce(
            cohort.because,
            case
                when not cohort.has_birthday_record then 'missing: record of the birthday'
                when coalesce(cohort.in_touch_code, 'YES') = 'YES'
                    and coalesce(contacts.first_contact_on > cohort.period_end, true)
                    then 'missing: contact around the birthday'
            end
        ) as because_of_contact
    from {{ ref('care_leaver_birthdays_at_month_end') }} as cohort
    left join contacts on cohort.person_id = contacts.person_id and cohort.period_end = contacts.period_end
)

select
    period_end,
    {{ case_of('person_id', 'nobodys_spell_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence: no dates, since the first contact in three months before a birthday tells when that is
    age >= 19 as is_19_to_21,
    because,
    because_of_contact,

    -- measures
    case
        when because is null
            then has_birthday_record
                and coalesce(in_touch_code, 'YES') = 'YES'
                and coalesce(first_contact_on <= period_end, false)
    end as was_in_touch,
    case
        when because is null
            then has_birthday_record and coalesce(in_touch_code, 'YES') = 'YES' and first_contact_on is not null
    end as was_in_touch_in_the_end,
    case when because is null then coalesce(in_touch_code in ('REFU', 'NREQ'), false) end as refused_or_needs_no_more

from cohort
