-- What must hold between the measures of allocation, caseloads, staff, audits and feedback, whatever the data: statistics
-- that split a headline add up to it, a count is the numerator of the percentage beside it, and a stricter test passes no
-- more cases. Returns what does not hold.
with told as (
    select * from {{ ref('safe_from_harm') }}
    where value_status not in ('not_loaded', 'not_computable')
    union all
    select * from {{ ref('full_potential') }}
    where value_status not in ('not_loaded', 'not_computable')
),

splits (measure_number, statistic) as (
    values
        (63, 'count_looked_after'),
        (63, 'count_child_protection'),
        (63, 'count_child_in_need'),
        (64, 'count_s47'),
        (64, 'count_s17')
),

numerators_of (measure_number, statistic, whole) as (
    values
        (65, 'count', 'pct_of_case_holders'),
        (66, 'count', 'pct_of_case_holders'),
        (68, 'leavers', 'pct'),
        (103, 'count', 'over_threshold_pct_of_workers'),
        (104, 'count', 'over_threshold_pct_of_workers'),
        (105, 'count', 'over_threshold_pct_of_workers'),
        (106, 'count', 'over_threshold_pct_of_workers')
),

at_most (measure_number, statistic, whole) as (
    values
        (52, 'pct_good_or_better', 'pct'),
        (72, 'pct_within_10wd', 'pct'),
        (73, 'pct_of_upheld_or_partly', 'pct'),
        (104, 'count', 'incl_short_breaks_count')
),

added as (
    select
        told.measure_number,
        told.period_type,
        told.period_end,
        told.breakdown,
        told.breakdown_value,
        sum(told.numerator) as numerator
    from told
    inner join splits using (measure_number, statistic)
    group by told.measure_number, told.period_type, told.period_end, told.breakdown, told.breakdown_value
)

select {{ number_of('told') }} || ' is not what it is split into' as what_is_wrong
from told
inner join added using (measure_number, period_type, period_end, breakdown, breakdown_value)
where told.is_headline and told.numerator <> added.numerator

union all

select {{ number_of('told') }} || ' is not the numerator of ' || numerators_of.whole as what_is_wrong
from told
inner join numerators_of using (measure_number, statistic)
inner join told as wholes
    on told.measure_number = wholes.measure_number
    and numerators_of.whole = wholes.statistic
    and told.period_type = wholes.period_type
    and told.period_end = wholes.period_end
    and told.breakdown = wholes.breakdown
    and told.breakdown_value = wholes.breakdown_value
where told.numerator <> wholes.numerator

union all

select {{ number_of('told') }} || ' is more than ' || at_most.whole as what_is_wrong
from told
inner join at_most using (measure_number, statistic)
inner join told as wholes
    on told.measure_number = wholes.measure_number
    and at_most.whole = wholes.statistic
    and told.period_type = wholes.period_type
    and told.period_end = wholes.period_end
    and told.breakdown = wholes.breakdown
    and told.breakdown_value = wholes.breakdown_value
where told.numerator > wholes.numerator
