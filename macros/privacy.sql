{#
The day of an end, where it does not tell the date of birth: who is 16 or older mostly leaves care or a plan on the eighteenth
birthday, so that their days are those of nobody. The band is that of the day.
#}
{% macro day_but_no_birthday(day, age_band='age_band') -%}
    case when {{ age_band }} not in ('16 to 17', '18 and over') then {{ day }} end
{%- endmacro %}

{#
Free text that looks as if it told who somebody is: a date, an e-mail address, a postcode, a telephone or NHS number, a
unique pupil number. A person reads the entry before it is signed off; this is the second look. Null is no text.
#}
{% macro tells_who_somebody_is(text) -%}
    coalesce(
        {{ matches(text, '[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}') }}
        or {{ matches(text, '[A-Za-z0-9._-]+@[A-Za-z0-9.-]+[.][A-Za-z]{2,}') }}
        or {{ matches(text, '[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}([^A-Za-z0-9]|$)') }}
        or {{ matches(text, '[0-9]{3} ?[0-9]{3} ?[0-9]{4}') }}
        or {{ matches(text, '[A-Z][0-9]{11}[0-9A-Z]') }},
        false
    )
{%- endmacro %}

{# The text has a part that the regular expression matches. #}
{% macro matches(text, pattern) %}{{ return(adapter.dispatch('matches')(text, pattern)) }}{% endmacro %}
{% macro default__matches(text, pattern) -%} regexp_matches({{ text }}, '{{ pattern }}') {%- endmacro %}
{% macro spark__matches(text, pattern) -%} {{ text }} rlike '{{ pattern }}' {%- endmacro %}
