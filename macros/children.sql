{#
Why somebody is not among the children of a day, where children are under 18 or unborn (13, 15, 25, 26, 29, 49, 50, 51, 63);
null for those who are. `child` is the stretch of `child_timeline` that holds the day.
#}
{% macro because_not_a_child(child, day) -%}
    case
        when {{ child }}.born_on is null and {{ child }}.expected_on is null then 'unknown: date of birth'
        when {{ age(child ~ '.born_on', day) }} >= 18 then 'excluded: aged 18 or over'
    end
{%- endmacro %}

{# Not yet born on a day: the date of birth lies after it, or only an expected one is known. `child` has both. #}
{% macro is_unborn(child, day) -%}
    coalesce({{ child }}.born_on > {{ day }}, {{ child }}.expected_on is not null, false)
{%- endmacro %}

{# The case of a record: its person, or the record itself, marked, since a record's id may be that of some person too. #}
{% macro case_of(person, record) -%}
    coalesce({{ person }}, 'record ' || {{ record }})
{%- endmacro %}

{# The id of a record that names nobody: it keeps such records apart where those of one person come together. #}
{% macro nobodys(person, record) -%}
    case when {{ person }} is null then {{ record }} end
{%- endmacro %}
