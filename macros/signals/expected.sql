{# Expected limits of months and the rules that tell a signal ("Uncertainty and signals" in definitions/conventions.md): the XmR method of "Making Data Count". #}

{# The figures of the method, and how much there must be to judge by. #}
{% macro method() %}
    {{ return({
        'mean_ranges_to_limit': 2.66,
        'mean_ranges_to_widest': 3.267,
        'points': 12,
        'cases': 5,
        'run': 7,
        'steps': 6,
    }) }}
{% endmacro %}

{# The mean of decimals, the same in whatever order they are added up. #}
{% macro exact_mean(decimals, over='') -%}
    cast(sum({{ decimals }}) {{ over }} as double) / count({{ decimals }}) {{ over }}
{%- endmacro %}

{# Above or below 0, by more than the last digits of a division: 1, -1 or 0. #}
{% macro side_of(difference) -%}
    cast(sign(round({{ difference }}, 6)) as integer)
{%- endmacro %}

{#
What is expected of the points of each series, and what each of them signals, as columns beside `series` and `period_end`; nothing of a
series that is too short or of too few cases.

points   a relation of `series`, `period_end`, `point` (a decimal, null where there is none) and `denominator`: one row per month
#}
{% macro expected(points) -%}
{%- set method = method() -%}
with ranged as (
    select
        series,
        period_end,
        point,
        denominator,
        abs(point - lag(point) over months) as moving_range,
        sign(point - lag(point) over months) as step
    from {{ points }}
    where point is not null
    window months as (partition by series order by period_end)
),

screened as (
    select
        *,
        {{ exact_mean('moving_range', 'over (partition by series)') }} as mean_of_all_ranges
    from ranged
),

limits as (
    select
        series,
        cast(count(*) as integer) as n_points,
        {{ exact_mean('point') }} as mean,
        {{ exact_mean(
            'case when moving_range <= ' ~ method.mean_ranges_to_widest ~ ' * mean_of_all_ranges then moving_range end'
        ) }} as mean_range
    from screened
    group by series
    having count(*) >= {{ method.points }} and coalesce(median(denominator), {{ method.cases }}) >= {{ method.cases }}
),

sided as (
    select
        ranged.series,
        ranged.period_end,
        coalesce(ranged.step, 0) as step,
        limits.n_points,
        limits.mean,
        limits.mean_range,
        {{ side_of('ranged.point - limits.mean') }} as side,
        abs(ranged.point - limits.mean) - {{ method.mean_ranges_to_limit }} * limits.mean_range as beyond_limit,
        abs(ranged.point - limits.mean) - {{ method.mean_ranges_to_limit }} * limits.mean_range * 2 / 3 as beyond_two_thirds,
        row_number() over (partition by ranged.series order by ranged.period_end) as place
    from ranged
    inner join limits on ranged.series = limits.series
),

placed as (
    select
        *,
        case when {{ side_of('beyond_limit') }} > 0 then side else 0 end as outside,
        case when {{ side_of('beyond_two_thirds') }} > 0 then side else 0 end as near,
        place - row_number() over (partition by series, side order by period_end) as side_run,
        place - row_number() over (partition by series, step order by period_end) as step_run
    from sided
),

measured as (
    select
        *,
        case when count(*) over (partition by series, side, side_run) >= {{ method.run }} then side else 0 end as run,
        case when count(*) over (partition by series, step, step_run) >= {{ method.steps }} then step else 0 end as climb,
        near <> 0 and near in (
            coalesce(lag(near, 2) over months, 0),
            coalesce(lag(near) over months, 0),
            coalesce(lead(near) over months, 0),
            coalesce(lead(near, 2) over months, 0)
        ) as is_near_with_another
    from placed
    window months as (partition by series order by period_end)
),

followed as (
    select
        *,
        coalesce(lead(climb) over (partition by series order by period_end), 0) as next_climb
    from measured
)

select
    series,
    period_end,
    n_points,
    mean,
    mean_range,
    case
        when outside <> 0 then 'outside the limits'
        when run <> 0 then 'run on one side'
        when climb <> 0 or next_climb <> 0 then 'trend'
        when is_near_with_another then 'near a limit'
        else 'normal variation'
    end as signal,
    cast(case
        when outside <> 0 then outside
        when run <> 0 then run
        when climb <> 0 then climb
        when next_climb <> 0 then next_climb
        when is_near_with_another then near
        else 0
    end as integer) as heading
from followed
{%- endmacro %}

{# A heading, 1 for up and -1 for down, in the words of a measure: by which way is good, or up and down where neither is. #}
{% macro direction(heading, good) -%}
    case
        when {{ heading }} is null then 'not enough to tell'
        when {{ heading }} = 0 then 'no real change'
        when {{ good }} = 'context' then case when {{ heading }} > 0 then 'up' else 'down' end
        when ({{ good }} = 'high') = ({{ heading }} > 0) then 'better'
        else 'worse'
    end
{%- endmacro %}

{# The heading from one interval to a later one: 0 where they overlap, null where there is one of them only. #}
{% macro heading_between(lower_then, upper_then, lower, upper) -%}
    case
        when {{ lower }} > {{ upper_then }} then 1
        when {{ upper }} < {{ lower_then }} then -1
        when {{ lower }} <= {{ upper_then }} and {{ upper }} >= {{ lower_then }} then 0
    end
{%- endmacro %}

{# Whether months that are as expected will reach a target: the limits lie on its good side, on its bad side, or on either. #}
{% macro will_it_hit(target, good, lower_limit, upper_limit) -%}
    case
        when {{ target }} is null or {{ good }} = 'context' then null
        when {{ lower_limit }} is null then 'not enough to tell'
        when case {{ good }} when 'high' then {{ lower_limit }} >= {{ target }} else {{ upper_limit }} <= {{ target }} end
            then 'consistently meets'
        when case {{ good }} when 'high' then {{ upper_limit }} < {{ target }} else {{ lower_limit }} > {{ target }} end
            then 'consistently misses'
        else 'hit and miss'
    end
{%- endmacro %}
