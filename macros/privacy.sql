{#
The day of an end, where it does not tell the date of birth: who is 16 or older mostly leaves care or a plan on the eighteenth
birthday, so that their days are those of nobody. The band is that of the day.
#}
{% macro day_but_no_birthday(day, age_band='age_band') -%}
    case when {{ age_band }} not in ('16 to 17', '18 and over') then {{ day }} end
{%- endmacro %}

{# Something in these words was withheld when they landed, since it looked as if it told who somebody is. #}
{% macro is_withheld(text) -%} coalesce({{ text }} like '%[withheld]%', false) {%- endmacro %}
