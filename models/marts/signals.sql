-- What a month tells of its measure and what it does not: one row per measure, statistic, month, and service area or team.
-- Limits are worked out anew from each step of the agreement: a series of months ends where the next begins.
with begun as (
    select
        months.measure_number,
        months.statistic,
        months.period_end,
        max(steps.step_from) as series_from
    from {{ ref('months_told') }} as months
    inner join {{ ref('stg_agreement__steps') }} as steps using (measure_number, statistic)
    where months.period_end >= steps.step_from
    group by months.measure_number, months.statistic, months.period_end
),

months as (
    select
        months.*,
        register.clock in ('carried', 'year_to_date') or register.kind = 'rolling' as has_overlapping_months,
        {{ is_told('months') }} as is_told,
        {{ is_told('months') }} and coalesce(register.long_list_direction_of_travel <> 'N', true) as has_direction,
        case when {{ is_told('months') }} then targets.target end as target,
        {{ interval_end('lower', 'months') }} as lower,
        {{ interval_end('upper', 'months') }} as upper,
        case
            when
                {{ is_told('months') }} and register.kind <> 'rolling'
                and register.clock not in ('carried', 'year_to_date') then cast(months.value as decimal(28, 9))
        end as point,  -- not of 38 digits: Spark keeps eight decimals of the difference of two such
        concat_ws(' ', months.measure_number, months.statistic, breakdown, breakdown_value) as part,
        concat_ws(' ', months.measure_number, months.statistic, breakdown, breakdown_value, begun.series_from) as series
    from {{ ref('months_told') }} as months
    inner join {{ ref('measures') }} as register using (measure_number, statistic)
    left join begun using (measure_number, statistic, period_end)
    left join {{ ref('stg_agreement__targets') }} as targets
        on {{ target_holds('months', 'targets', service_area_of('months')) }}
),

expected as (
    {{ expected('months') }}
),

judged as (
    select
        months.*,
        expected.n_points,
        expected.mean,
        expected.mean_range,
        expected.mean - {{ method().mean_ranges_to_limit }} * expected.mean_range as lower_limit,
        expected.mean + {{ method().mean_ranges_to_limit }} * expected.mean_range as upper_limit,
        expected.signal,
        expected.heading,
        lag(months.value, 12) over (partition by months.part order by months.period_end) as value_then,
        lag(months.lower, 12) over (partition by months.part order by months.period_end) as lower_then,
        lag(months.upper, 12) over (partition by months.part order by months.period_end) as upper_then
    from months
    left join expected on months.series = expected.series and months.period_end = expected.period_end
),

compared as (
    select
        *,
        case
            when has_overlapping_months then {{ heading_between('lower_then', 'upper_then', 'lower', 'upper') }}
            when {{ side_of('abs(value - value_then) - ' ~ method().mean_ranges_to_widest ~ ' * mean_range') }} > 0
                then sign(value - value_then)
            when value_then is not null and mean_range is not null then 0
        end as heading_on_year,
        case when unit in ('pct', 'count', 'rate_per_10k') and lower_limit < 0 then 0 else lower_limit end as lowest,
        case when interval_method = 'Wilson' and upper_limit > 100 then 100 else upper_limit end as highest
    from judged
)

select
    measure_number,
    measure_id,
    statistic,
    unit,
    period_end,
    breakdown,
    breakdown_value,
    breakdown_label,
    numerator,
    denominator,
    value,
    value_status,
    interval_method,
    lower,
    upper,
    n_points,
    mean as expected_mean,
    lowest as lower_limit,
    highest as upper_limit,
    case when is_told then coalesce(signal, 'not enough to tell') end as signal,
    case when has_direction then {{ direction('heading', 'good') }} end as direction_of_travel,
    case when has_direction then {{ direction('heading_on_year', 'good') }} end as direction_on_year,
    {{ will_it_hit('target', 'good', 'lower_limit', 'upper_limit') }} as will_it_hit,
    {{ valued('mean', 'unit', 'decimals') }} as expected_mean_text,
    {{ valued('lowest', 'unit', 'decimals') }} as lower_limit_text,
    {{ valued('highest', 'unit', 'decimals') }} as upper_limit_text
from compared
