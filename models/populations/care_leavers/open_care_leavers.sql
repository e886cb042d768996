-- Open care leavers at each month end, their plans, visits and contacts: one row per person and period end.
with contacts as (
    select
        leavers.period_end,
        leavers.person_id,
        max(contacts.contacted_on) as last_contact_on,
        max(case when contacts.is_visit then contacts.contacted_on end) as last_visit_on
    from {{ ref('open_care_leavers_at_month_end') }} as leavers
    inner join {{ ref('care_leaver_contacts_in_touch') }} as contacts
        on leavers.person_id = contacts.person_id and leavers.period_end >= contacts.contacted_on
    group by leavers.period_end, leavers.person_id
),

leavers as (
    select
        leavers.*,
        contacts.last_contact_on,
        contacts.last_visit_on,
        plans.looked_at_on,
        leavers.because is null and leavers.is_entitled
        and coalesce(leavers.died_on > leavers.period_end, true) as is_entitled_and_living,
        case
            when leavers.because is not null then leavers.because
            when not leavers.is_entitled then 'excluded: neither relevant nor former relevant'
            when leavers.died_on <= leavers.period_end then 'excluded: died'
        end as because_of_plan,
        case
            when not coalesce(leavers.age between 17 and 21, true) then null
            when leavers.because is not null then leavers.because
            when leavers.age is null then 'unknown: date of birth'
            when contacts.last_contact_on is null then 'missing: contact'
        end as because_of_contact,
        case
            when leavers.age is null then 'unknown: date of birth'
            when birthdays.accommodation_code = 'G' then 'excluded: gone abroad'
            when birthdays.accommodation_code = 'H' then 'excluded: deported'
            when leavers.opened_on + {{ parameter('care_leaver_visit_days') }} >= leavers.period_end
                then 'excluded: the first visit is not yet due'
        end as because_of_visit,
        case
            when birthdays.in_touch_code = 'REFU' then 'excluded: refuses contact'
            when birthdays.in_touch_code = 'NREQ' then 'excluded: no longer requires services'
        end as because_of_refusal
    from {{ ref('open_care_leavers_at_month_end') }} as leavers
    left join contacts on leavers.person_id = contacts.person_id and leavers.period_end = contacts.period_end
    left join {{ ref('pathway_plans_in_date') }} as plans
        on leavers.person_id = plans.person_id and leavers.period_end = plans.period_end
    left join {{ ref('care_leaver_birthday_records') }} as birthdays
        on leavers.person_id = birthdays.person_id and leavers.age = birthdays.age_reached
)

select
    period_end,
    {{ case_of('person_id', 'nobodys_spell_id') }} as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence: neither the opening nor what follows from it, since most are opened on the eighteenth birthday
    last_visit_on as done_on,
    last_contact_on as previous_on,
    because,
    because_of_plan,
    because_of_contact,
    case
        when is_entitled_and_living and coalesce(age < {{ parameter('care_leaver_visit_max_age') }}, true)
            then coalesce(because_of_visit, case when last_visit_on is null then 'missing: visit' end)
    end as because_of_visit,
    case
        when is_entitled_and_living and coalesce(age < {{ parameter('care_leaver_visit_max_age') }}, true)
            then coalesce(
                because_of_visit, because_of_refusal, case when last_visit_on is null then 'missing: visit' end
            )
    end as because_of_visit_or_refusal,

    -- measures
    case when because is null then true end as is_open,
    case when is_entitled_and_living then looked_at_on is not null end as has_a_plan_in_date,
    case
        when because is null and age between 17 and 21
            then coalesce(last_contact_on + {{ parameter('in_touch_days') }} >= period_end, false)
    end as was_in_contact_lately,
    case
        when is_entitled_and_living and age < {{ parameter('care_leaver_visit_max_age') }}
            and because_of_visit is null and because_of_refusal is null
            then coalesce(last_visit_on + {{ parameter('care_leaver_visit_days') }} >= period_end, false)
    end as was_visited_in_time,
    case
        when is_entitled_and_living and age < {{ parameter('care_leaver_visit_max_age') }}
            and because_of_visit is null and because_of_refusal is null
            then coalesce({{ plus_months('last_visit_on', 2) }} >= period_end, false)
    end as was_visited_within_two_months,
    case
        when is_entitled_and_living and age < {{ parameter('care_leaver_visit_max_age') }} and because_of_visit is null
            then coalesce(last_visit_on + {{ parameter('care_leaver_visit_days') }} >= period_end, false)
    end as was_visited_in_time_refusing_or_not

from leavers
