-- The values that there are of the breakdowns by a code or a team, and what they are called: one row per breakdown and value.
-- A team is one that its own extract or the team map names.
with teams as (
    select
        team_id,
        team_name
    from {{ ref('stg_workforce__teams') }}
    union all
    select
        team_id,
        cast(null as string) as team_name
    from {{ ref('stg_workforce__team_service_areas') }}
    where team_id is not null
)

select
    'team' as breakdown,
    team_id as breakdown_value,
    max(team_name) as breakdown_label

from teams
group by team_id

union all

select
    code_set as breakdown,
    code as breakdown_value,
    {{ capitalised('meaning') }} as breakdown_label

from {{ ref('stg_landing__codes') }}
where code_set in ('service_area', 'referral_source')

union all

select
    'end_reason' as breakdown,
    code as breakdown_value,
    {{ capitalised('meaning') }} as breakdown_label

from {{ ref('stg_landing__codes') }}
where code_set = 'rec'

union all

select
    'sex' as breakdown,
    sexes.code as breakdown_value,
    sexes.label as breakdown_label

from (values ('F', 'Female'), ('M', 'Male'), ('U', 'Unknown')) as sexes (code, label)

union all

select
    'case_status' as breakdown,
    statuses.code as breakdown_value,
    statuses.label as breakdown_label

from (
    values
    ('looked_after', 'Looked after'),
    ('child_protection_plan', 'Child protection plan'),
    ('child_in_need_plan', 'Child in need plan'),
    ('s47_open', 'Section 47 enquiry open'),
    ('s17_assessment_open', 'Assessment open'),
    ('care_leaver', 'Care leaver'),
    ('other_open', 'Open otherwise')
) as statuses (code, label)
