-- Children in an open period of need at each month end who should have a child in need plan: one row per child and period end,
-- or per open referral without a child.
select
    period_end,
    person_id as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    authorised_on as previous_on,
    because,

    -- measures
    case when because is null then not has_plan_begun end as has_no_plan,
    case
        when because is null
            then not has_plan_begun and working_days_since > {{ parameter('cin_new_plan_working_days') }}
    end as has_no_plan_after_grace

from {{ ref('children_needing_a_plan') }}

union all

select
    month_ends.period_end,
    {{ case_of('referrals.person_id', 'referrals.referral_id') }} as case_id,
    referrals.person_id,
    {{ child_breakdowns('child', 'month_ends.period_end') }},
    cast(null as date) as previous_on,
    'unknown: child' as because,
    cast(null as boolean) as has_no_plan,
    cast(null as boolean) as has_no_plan_after_grace

from {{ ref('stg_referrals__referrals') }} as referrals
inner join {{ ref('month_ends') }} as month_ends
    on referrals.referred_on <= month_ends.period_end
    and coalesce(referrals.closed_on, {{ forever() }}) > month_ends.period_end
left join {{ ref('child_timeline') }} as child on referrals.person_id = child.person_id
where referrals.person_id is null
