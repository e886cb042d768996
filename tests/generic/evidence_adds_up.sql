{#
Evidence adds up to its number: the cases of every statistic and period, or their amounts, give the published numerator,
denominator and value and the numbers of those left out. That each stands there once is asked of the populations
(`keys_hold`), and of the evidence before it is published (`csc_measures.night.expectations`). A period without evidence of
its own is made of months: a flow of all of them, anything else of the last one. Returns the numbers whose evidence gives
others. A flow of months that are not all told cannot be asked, and a rate has its residents from elsewhere.
#}
{% test evidence_adds_up(model, evidence, register, periods) %}
{%- set left_out = ['n_unknown', 'n_excluded', 'n_missing_evidence'] %}
with cells as (
    select
        measure_number,
        statistic,
        period_type,
        period_end,
        count_if(in_numerator) as in_numerator,
        count_if(in_denominator) as in_denominator,
        sum(amount) as amounts,
        sum(amount_out_of) as amounts_out_of,
        max(amount) as greatest,
        count_if(exclusion_reason like 'unknown:%') as n_unknown,
        count_if(exclusion_reason like 'excluded:%') as n_excluded,
        count(missing_evidence) as n_missing_evidence
    from {{ evidence }}
    group by measure_number, statistic, period_type, period_end
),

recounted as (
    select distinct measure_number, statistic, period_type from cells
),

told as (
    select
        marts.*,
        coalesce(recounted.period_type, 'month') as made_of,
        case
            when recounted.period_type is null and statistics.clock = 'flow' then last_day(periods.period_start)
            else marts.period_end
        end as made_from
    from {{ model }} as marts
    inner join {{ register }} as statistics
        on marts.measure_number = statistics.measure_number and marts.statistic = statistics.statistic
    inner join {{ periods }} as periods
        on marts.period_type = periods.period_type and marts.period_end = periods.period_end
    left join recounted
        on marts.measure_number = recounted.measure_number
        and marts.statistic = recounted.statistic
        and marts.period_type = recounted.period_type
    where marts.breakdown = 'all' and marts.value_status not in ('not_loaded', 'not_computable')
),

made_of as (
    select
        told.*,
        parts.period_end as part_end
    from told
    inner join told as parts
        on told.measure_number = parts.measure_number
        and told.statistic = parts.statistic
        and told.made_of = parts.period_type
        and told.made_from <= parts.period_end
        and told.period_end >= parts.period_end
    qualify count(*) over (partition by told.measure_number, told.statistic, told.period_type, told.period_end)
        = 1 + 12 * (year(told.period_end) - year(told.made_from)) + month(told.period_end) - month(told.made_from)
),

medians as (
    select
        made_of.measure_number,
        made_of.statistic,
        made_of.period_type,
        made_of.period_end,
        median(cases.amount) as middle
    from made_of
    inner join {{ evidence }} as cases
        on made_of.measure_number = cases.measure_number
        and made_of.statistic = cases.statistic
        and made_of.made_of = cases.period_type
        and made_of.part_end = cases.period_end
    where made_of.unit = 'median' and cases.measure_number in ({{ measures_counted_as('median', model.identifier) | join(', ') or 'null' }})
    group by made_of.measure_number, made_of.statistic, made_of.period_type, made_of.period_end
),

added as (
    select
        made_of.measure_number,
        made_of.statistic,
        made_of.period_type,
        made_of.period_end,
        coalesce(sum(cells.amounts), sum(cells.in_numerator), 0) as numerator,
        coalesce(sum(cells.amounts_out_of), sum(cells.in_denominator), 0) as denominator,
        max(cells.greatest) as greatest,
        {%- for cases in left_out %}
        coalesce(sum(cells.{{ cases }}), 0) as {{ cases }}{{ ',' if not loop.last }}
        {%- endfor %}
    from made_of
    left join cells
        on made_of.measure_number = cells.measure_number
        and made_of.statistic = cells.statistic
        and made_of.made_of = cells.period_type
        and made_of.part_end = cells.period_end
    group by made_of.measure_number, made_of.statistic, made_of.period_type, made_of.period_end
),

compared as (
    select
        told.*,
        case told.unit when 'median' then told.numerator when 'max' then added.greatest else added.numerator end
            as added_numerator,
        case when told.unit = 'rate_per_10k' or told.denominator is null then told.denominator else added.denominator end
            as added_denominator,
        case told.unit
            when 'pct' then 100 * added.numerator / nullif(added.denominator, 0)
            when 'rate_per_10k' then 10000 * added.numerator / nullif(told.denominator, 0)
            when 'median' then medians.middle
            when 'max' then added.greatest
            when 'count' then added.numerator
            else added.numerator / nullif(added.denominator, 0)
        end as added_value,
        {%- for cases in left_out %}
        added.{{ cases }} as added_{{ cases }}{{ ',' if not loop.last }}
        {%- endfor %}
    from told
    inner join added using (measure_number, statistic, period_type, period_end)
    left join medians using (measure_number, statistic, period_type, period_end)
),

found as (
    select
        *,
        concat_ws(
            ', ',
            case when {{ differ('numerator', 'added_numerator') }} then 'numerator' end,
            case when {{ differ('denominator', 'added_denominator') }} then 'denominator' end,
            case when {{ differ('value', 'added_value') }} then 'value' end,
            {%- for cases in left_out %}
            case when {{ cases }} <> added_{{ cases }} then '{{ cases }}' end{{ ',' if not loop.last }}
            {%- endfor %}
        ) as differences
    from compared
)

select {{ number_of('found') }} || ': the evidence gives another ' || differences as what_is_wrong
from found
where differences <> ''
{% endtest %}
