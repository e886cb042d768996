-- Spells under which a child is known to social care, in the order in which one status prevails (C19):
-- one row per child, status and spell.
select
    care_period_id as record_id,
    person_id,
    'looked_after' as case_status,
    1 as precedence,
    from_on,
    until_on
from {{ ref('looked_after_spells') }}
where is_age_known or person_id is null

union all

select
    first_cp_plan_id as record_id,
    person_id,
    'child_protection_plan' as case_status,
    2 as precedence,
    started_on as from_on,
    ended_on as until_on
from {{ ref('cp_plans') }}

union all

select
    first_cin_plan_id as record_id,
    person_id,
    'child_in_need_plan' as case_status,
    3 as precedence,
    started_on as from_on,
    ended_on as until_on
from {{ ref('cin_plans') }}

union all

select
    s47_enquiry_id as record_id,
    person_id,
    's47_open' as case_status,
    4 as precedence,
    started_on as from_on,
    ended_on as until_on
from {{ ref('stg_s47__enquiries') }}

union all

select
    assessment_id as record_id,
    person_id,
    's17_assessment_open' as case_status,
    5 as precedence,
    started_on as from_on,
    authorised_on as until_on
from {{ ref('stg_assessments__assessments') }}

union all

select
    care_leaver_spell_id as record_id,
    person_id,
    'care_leaver' as case_status,
    6 as precedence,
    opened_on as from_on,
    open_ended_on as until_on
from {{ ref('stg_care_leavers__spells') }}

union all

select
    referral_id as record_id,
    person_id,
    'other_open' as case_status,
    7 as precedence,
    referred_on as from_on,
    closed_on as until_on
from {{ ref('stg_referrals__referrals') }}
