{# The breakdowns of C22 that every measure table has; a case without the fact carries null and has no part. #}
{% macro breakdown_names() -%}
    {{ return(['service_area', 'team', 'age_band', 'sex', 'ethnicity', 'disability', 'locality']) }}
{%- endmacro %}

{# Those of whose values the extracts deliver the text: a code, or the id of a team. #}
{% macro delivered_breakdown_names() -%}
    {{ return(['service_area', 'team', 'sex', 'referral_source', 'end_reason']) }}
{%- endmacro %}

{#
Breakdowns of single measures (202, 203, 214, 216): a population whose yml describes a column of this name is broken down by
it too. Like the others it says `not recorded`, never null.
#}
{% macro further_breakdown_names() -%}
    {{ return(['referral_source', 'end_reason', 'case_status']) }}
{%- endmacro %}

{# The breakdown columns of a fact handed on by a population; those not in `has` are not asked of its cases. #}
{% macro breakdowns(of=none, has=none) -%}
    {%- for name in breakdown_names() %}
    {% if has is none or name in has -%}
        {{ of ~ '.' if of }}{{ name }}
    {%- else -%}
        cast(null as string) as {{ name }}
    {%- endif %}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#
The breakdowns of a child on a day, from the stretch of `child_timeline` that holds that day. Where the record has a team
of its own, `team` and `service_area` are expressions that take its place.
#}
{% macro child_breakdowns(child, day, team=none, service_area=none) -%}
    coalesce({{ service_area or child ~ '.service_area' }}, 'not recorded') as service_area,
    coalesce({{ team or child ~ '.team' }}, 'not recorded') as team,
    {{ age_band(child ~ '.born_on', child ~ '.expected_on', day) }} as age_band,
    coalesce({{ child }}.sex, 'not recorded') as sex,
    coalesce({{ child }}.ethnicity, 'not recorded') as ethnicity,
    coalesce({{ child }}.disability, 'not recorded') as disability,
    coalesce({{ child }}.locality, 'not recorded') as locality
{%- endmacro %}

{# A code that is a word, as people begin one. #}
{% macro capitalised(code) -%}
    upper(left({{ code }}, 1)) || substr({{ code }}, 2)
{%- endmacro %}

{# Where a part stands among the others of its breakdown: ages and service areas have an order, what is not recorded comes last. #}
{% macro breakdown_order(row) -%}
    {%- set ordered = {
        'age_band': ['unborn', '0', '1 to 4', '5 to 9', '10 to 15', '16 to 17', '18 and over'],
        'service_area': [
            'FAMILY_FRONT_DOOR', 'LOCALITY', 'PERMANENCY', 'CHILDREN_WITH_DISABILITIES', 'CARE_LEAVERS', 'TARGETED_FAMILY_SUPPORT',
            'EARLY_HELP', 'OTHER',
        ],
    } -%}
    cast(case
        when {{ row }}.breakdown = 'all' then 0
        when {{ row }}.breakdown_value = 'not recorded' then 99
        {%- for breakdown, values in ordered.items() %}
        {%- for value in values %}
        when {{ row }}.breakdown = '{{ breakdown }}' and {{ row }}.breakdown_value = '{{ value }}' then {{ loop.index }}
        {%- endfor %}
        {%- endfor %}
        else 50
    end as integer)
{%- endmacro %}
