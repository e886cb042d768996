{# What DuckDB and Spark say differently about dates, each idea once. #}

{# A day so many calendar months away, clamped to the end of the month (C4). #}
{% macro plus_months(day, months) %}{{ return(adapter.dispatch('plus_months')(day, months)) }}{% endmacro %}
{% macro default__plus_months(day, months) -%}
    cast({{ day }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}
{% macro spark__plus_months(day, months) -%}
    add_months({{ day }}, {{ months }})
{%- endmacro %}

{# The first day of the N whole months that end with a period end (C27): the period end counts as a whole day. #}
{% macro months_ending(period_end, months) -%}
    {{ plus_months('(' ~ period_end ~ ' + 1)', '-(' ~ months ~ ')') }}
{%- endmacro %}

{# Whole calendar days from one day to another. #}
{% macro days_between(earlier, later) %}{{ return(adapter.dispatch('days_between')(earlier, later)) }}{% endmacro %}
{% macro default__days_between(earlier, later) -%}
    ({{ later }} - {{ earlier }})
{%- endmacro %}
{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

{# One row per day from the first to the last, as column `day`. #}
{% macro days_from(first_day, last_day) %}{{ return(adapter.dispatch('days_from')(first_day, last_day)) }}{% endmacro %}
{% macro default__days_from(first_day, last_day) -%}
    select cast(unnest(generate_series({{ first_day }}, {{ last_day }}, interval 1 day)) as date) as day
{%- endmacro %}
{% macro spark__days_from(first_day, last_day) -%}
    select explode(sequence({{ first_day }}, {{ last_day }}, interval 1 day)) as day
{%- endmacro %}

{# Saturday or Sunday. #}
{% macro is_weekend(day) %}{{ return(adapter.dispatch('is_weekend')(day)) }}{% endmacro %}
{% macro default__is_weekend(day) -%}
    isodow({{ day }}) in (6, 7)
{%- endmacro %}
{% macro spark__is_weekend(day) -%}
    weekday({{ day }}) in (5, 6)
{%- endmacro %}

{# Age in completed years (C6). A birthday is the new age; born on 29 February is a year older on 1 March. #}
{% macro age(born_on, day) -%}
    (
        year({{ day }}) - year({{ born_on }})
        - case
            when month({{ day }}) * 100 + day({{ day }}) < month({{ born_on }}) * 100 + day({{ born_on }}) then 1
            else 0
        end
    )
{%- endmacro %}

{# The birthday on which an age is reached: 1 March in a common year for those born on 29 February. #}
{% macro birthday(born_on, age) -%}
    {%- set same_day = plus_months(born_on, '12 * (' ~ age ~ ')') -%}
    ({{ same_day }} + case when day({{ same_day }}) < day({{ born_on }}) then 1 else 0 end)
{%- endmacro %}

{# The bands of C22. #}
{% macro age_band(born_on, expected_on, day) -%}
    case
        when {{ born_on }} > {{ day }} then 'unborn'
        when {{ born_on }} is null and {{ expected_on }} is not null then 'unborn'
        when {{ born_on }} is null then 'not recorded'
        when {{ age(born_on, day) }} < 1 then '0'
        when {{ age(born_on, day) }} < 5 then '1 to 4'
        when {{ age(born_on, day) }} < 10 then '5 to 9'
        when {{ age(born_on, day) }} < 16 then '10 to 15'
        when {{ age(born_on, day) }} < 18 then '16 to 17'
        else '18 and over'
    end
{%- endmacro %}

{# A day that does not come before another is that day or at the latest the next working day; both are rows of the calendar. #}
{% macro by_the_next_working_day(day, start) -%}
    (
        {{ day }}.working_day_number = {{ start }}.working_day_number
        or ({{ day }}.is_working_day and {{ day }}.working_day_number = {{ start }}.working_day_number + 1)
    )
{%- endmacro %}

{# Working days from a day of the calendar to another (C3). A start before the calendar begins counts from its first day. #}
{% macro working_days(start, until) -%}
    {{ until }}.working_day_number - coalesce({{ start }}.working_day_number, 0)
{%- endmacro %}

{# The time of day is known: midnight means it is not. #}
{% macro has_time(moment) -%}
    ({{ moment }} <> date_trunc('day', {{ moment }}))
{%- endmacro %}

{# The instant of a local London time, so that hours across a clock change are real hours (C5). #}
{% macro instant(moment) %}{{ return(adapter.dispatch('instant')(moment)) }}{% endmacro %}
{% macro default__instant(moment) -%}
    epoch(timezone('Europe/London', {{ moment }}))
{%- endmacro %}
{% macro spark__instant(moment) -%}
    unix_timestamp(to_utc_timestamp({{ moment }}, 'Europe/London'))
{%- endmacro %}

{# Done within so many hours (C5): real hours when both times are known, else calendar days. #}
{% macro hours_within(earlier, later, hours) -%}
    case
        when {{ has_time(earlier) }} and {{ has_time(later) }}
            then {{ instant(later) }} - {{ instant(earlier) }} <= 3600 * ({{ hours }})
        else {{ days_between('cast(' ~ earlier ~ ' as date)', 'cast(' ~ later ~ ' as date)') }} * 24 <= ({{ hours }})
    end
{%- endmacro %}

{# The local day on which a clock of so many real hours runs out (C5); without a time, so many calendar days later. #}
{% macro clock_ends_on(moment, hours) -%}
    case
        when {{ has_time(moment) }} then {{ local_day_after(moment, hours) }}
        else cast({{ moment }} as date) + cast(({{ hours }}) / 24 as integer)
    end
{%- endmacro %}

{# The London day of the instant so many real hours after a local London time. #}
{% macro local_day_after(moment, hours) %}{{ return(adapter.dispatch('local_day_after')(moment, hours)) }}{% endmacro %}
{% macro default__local_day_after(moment, hours) -%}
    cast(timezone('Europe/London', timezone('Europe/London', {{ moment }}) + to_hours({{ hours }})) as date)
{%- endmacro %}
{% macro spark__local_day_after(moment, hours) -%}
    cast(from_utc_timestamp(to_utc_timestamp({{ moment }}, 'Europe/London') + make_dt_interval(0, {{ hours }}), 'Europe/London') as date)
{%- endmacro %}

{# One moment comes before another: by the clock when both times are known, else by the day. #}
{% macro is_before(moment, other) -%}
    case
        when {{ has_time(moment) }} and {{ has_time(other) }} then {{ moment }} < {{ other }}
        else cast({{ moment }} as date) < cast({{ other }} as date)
    end
{%- endmacro %}
