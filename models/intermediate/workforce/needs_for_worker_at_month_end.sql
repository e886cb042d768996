-- Why a child needs a worker at each month end (63, 64): one row per reason and period end.
-- Of several reasons the one that comes first here prevails.
select
    period_end,
    1 as precedence,
    'looked_after' as need,
    true as is_plan,
    {{ case_of('person_id', 'care_period_id') }} as case_id,
    person_id,
    care_started_on as needed_from,
    because,
    {{ breakdowns() }}
from {{ ref('looked_after_at_month_end') }}

union all

select
    period_end,
    2 as precedence,
    'child_protection_plan' as need,
    true as is_plan,
    {{ case_of('person_id', 'first_cp_plan_id') }} as case_id,
    person_id,
    started_on as needed_from,
    because,
    {{ breakdowns() }}
from {{ ref('cp_plans_at_month_end') }}

union all

select
    period_end,
    3 as precedence,
    'child_in_need_plan' as need,
    true as is_plan,
    {{ case_of('person_id', 'first_cin_plan_id') }} as case_id,
    person_id,
    started_on as needed_from,
    because,
    {{ breakdowns() }}
from {{ ref('cin_plans_at_month_end') }}

union all

select
    period_end,
    4 as precedence,
    's47_open' as need,
    false as is_plan,
    {{ case_of('person_id', 's47_enquiry_id') }} as case_id,
    person_id,
    started_on as needed_from,
    because,
    {{ breakdowns() }}
from {{ ref('open_enquiries_at_month_end') }}

union all

select
    period_end,
    5 as precedence,
    's17_assessment_open' as need,
    false as is_plan,
    {{ case_of('person_id', 'assessment_id') }} as case_id,
    person_id,
    started_on as needed_from,
    because,
    {{ breakdowns() }}
from {{ ref('open_assessments_at_month_end') }}
