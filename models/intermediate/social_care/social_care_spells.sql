-- Spells of social care involvement (90, 92): one row per person, kind and spell. Referrals that led nowhere, plans of other
-- authorities, series of short breaks and spells that end before they start are left out.
with spells as (
    select
        person_id,
        'referral' as kind,
        referral_id as spell_id,
        referred_on as started_on,
        closed_on as ended_on,
        close_reason as end_reason
    from {{ ref('stg_referrals__referrals') }}
    where not coalesce(is_no_further_action, false)

    union all

    select
        person_id,
        'assessment' as kind,
        assessment_id as spell_id,
        started_on,
        authorised_on as ended_on,
        cast(null as string) as end_reason
    from {{ ref('stg_assessments__assessments') }}

    union all

    select
        person_id,
        's47_enquiry' as kind,
        s47_enquiry_id as spell_id,
        started_on,
        ended_on,
        cast(null as string) as end_reason
    from {{ ref('stg_s47__enquiries') }}

    union all

    select
        person_id,
        'cin_plan' as kind,
        first_cin_plan_id as spell_id,
        started_on,
        ended_on,
        cast(null as string) as end_reason
    from {{ ref('cin_plans') }}

    union all

    select
        person_id,
        'cp_plan' as kind,
        first_cp_plan_id as spell_id,
        started_on,
        ended_on,
        cast(null as string) as end_reason
    from {{ ref('cp_plans') }}

    union all

    select
        person_id,
        'period_of_care' as kind,
        care_period_id as spell_id,
        started_on,
        ended_on,
        end_reason
    from {{ ref('care_periods') }}
    where not is_short_breaks
)

select *
from spells
where person_id is not null and started_on <= coalesce(ended_on, {{ forever() }})
