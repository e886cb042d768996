-- Children in an open period of need at each month end whose latest assessment in it says services as a child
-- in need (51), and whether a plan has begun; not those looked after or on a child protection plan: one row
-- per child and period end.
with assessed as (
    select
        month_ends.period_end,
        open_referrals.person_id,
        assessments.authorised_on,
        assessments.outcomes
    from {{ ref('open_referral_timeline') }} as open_referrals
    inner join {{ ref('month_ends') }} as month_ends
        on open_referrals.from_on <= month_ends.period_end and open_referrals.until_on > month_ends.period_end
    inner join {{ ref('stg_referrals__referrals') }} as referrals
        on open_referrals.referral_id = referrals.referral_id
    inner join {{ ref('stg_assessments__assessments') }} as assessments
        on open_referrals.person_id = assessments.person_id
        and referrals.referred_on <= assessments.authorised_on
        and month_ends.period_end >= assessments.authorised_on
    qualify row_number() over (
        partition by month_ends.period_end, open_referrals.person_id
        order by assessments.authorised_at desc, assessments.assessment_id_rank desc
    ) = 1
),

needing as (
    select
        period_end,
        person_id,
        authorised_on
    from assessed
    where {{ has_code('outcomes', 'PROV_OF_SERVICES') }} or {{ has_code('outcomes', 'PROV_OF_SB_CARE') }}
),

plans_begun as (
    select distinct
        needing.period_end,
        needing.person_id
    from needing
    inner join {{ ref('stg_child_in_need__plans') }} as plans using (person_id)
    left join {{ ref('stg_child_in_need__plan_statuses') }} as statuses using (cin_plan_id)
    where
        (
            statuses.status in ('DRAFT', 'AUTHORISED')
            or (statuses.status is null and plans.started_on is not null)
        )
        and coalesce(plans.started_on, needing.period_end) <= needing.period_end
        and coalesce(plans.ended_on, needing.authorised_on) >= needing.authorised_on
),

busy as (
    select
        needing.period_end,
        needing.person_id,
        bool_or(spells.case_status = 's47_open') as is_s47_open,
        bool_or(spells.case_status = 's17_assessment_open') as is_assessment_open
    from needing
    inner join {{ ref('case_spells') }} as spells
        on needing.person_id = spells.person_id
        and needing.period_end >= spells.from_on
        and needing.period_end < coalesce(spells.until_on, {{ forever() }})
    group by needing.period_end, needing.person_id
)

select
    needing.period_end,
    needing.person_id,
    needing.authorised_on,
    until_day.working_day_number - authorised_day.working_day_number as working_days_since,
    plans_begun.person_id is not null as has_plan_begun,
    case
        when busy.is_s47_open then 'excluded: section 47 enquiry open'
        when busy.is_assessment_open then 'excluded: assessment open'
        else {{ because_not_a_child('child', 'needing.period_end') }}
    end as because,
    {{ child_breakdowns('child', 'needing.period_end') }}

from needing
left join plans_begun using (period_end, person_id)
left join busy using (period_end, person_id)
left join {{ ref('case_status_timeline') }} as statuses
    on needing.person_id = statuses.person_id
    and needing.period_end >= statuses.from_on
    and needing.period_end < statuses.until_on
left join {{ ref('child_timeline') }} as child
    on needing.person_id = child.person_id
    and needing.period_end >= child.from_on
    and needing.period_end < child.until_on
inner join {{ ref('calendar') }} as until_day on needing.period_end = until_day.day
left join {{ ref('calendar') }} as authorised_day on needing.authorised_on = authorised_day.day
where coalesce(statuses.case_status, 'none') not in ('looked_after', 'child_protection_plan')
