{#
The day of an end, where it does not tell the date of birth: who is 16 or older mostly leaves care or a plan on the eighteenth
birthday, so that their days are those of nobody. The band is that of the day.
#}
{% macro day_but_no_birthday(day, age_band='age_band') -%}
    case when {{ age_band }} not in ('16 to 17', '18 and over') then {{ day }} end
{%- endmacro %}

{# What there is of a list of values, and `not recorded` for any other text, which may be anything. The list is a query. #}
{% macro listed(value, values) -%}
    case
        when {{ value }} in ({{ values }}) then {{ value }}
        when {{ value }} is not null then 'not recorded'
    end
{%- endmacro %}

{# The codes of one of the contract's lists, each with every ending that may follow it. #}
{% macro codes_of(code_set, codes, endings=['']) -%}
    select codes.code || endings.ending
    from {{ codes }} as codes
    cross join (values ('{{ endings | join("'), ('") }}')) as endings (ending)
    where codes.code_set = '{{ code_set }}'
{%- endmacro %}

{# Something in these words was withheld when they landed, since it looked as if it told who somebody is. #}
{% macro is_withheld(text) -%} coalesce({{ text }} like '%[withheld]%', false) {%- endmacro %}
