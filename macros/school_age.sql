{# Compulsory school age (16, 20, 81, 99): both days named here belong to it. #}

{#
The first day of it: the prescribed day (31 March, 31 August, 31 December) on or after the fifth birthday; with reception,
the 1 September after the fourth.
#}
{% macro school_age_from(born_on, include_reception=false) -%}
    {%- set turned_5_on = birthday(born_on, 5) -%}
    {%- set turned_4_on = birthday(born_on, 4) -%}
    case
        when {{ include_reception }}
            then make_date(year({{ turned_4_on }}) + case when month({{ turned_4_on }}) > 8 then 1 else 0 end, 9, 1)
        when month({{ turned_5_on }}) <= 3 then make_date(year({{ turned_5_on }}), 3, 31)
        when month({{ turned_5_on }}) <= 8 then make_date(year({{ turned_5_on }}), 8, 31)
        else make_date(year({{ turned_5_on }}), 12, 31)
    end
{%- endmacro %}

{# The last day of it, the leaving date: the last Friday of June in the school year of the sixteenth birthday. #}
{% macro school_age_until(born_on) -%}
    {%- set turned_16_on = birthday(born_on, 16) -%}
    {%- set end_of_june = 'make_date(year(' ~ turned_16_on ~ ') + case when month(' ~ turned_16_on ~ ') > 8 then 1 else 0 end, 6, 30)' -%}
    {%- set a_friday = "cast('1900-01-05' as date)" -%}
    ({{ end_of_june }} - cast({{ days_between(a_friday, end_of_june) }} % 7 as integer))
{%- endmacro %}
