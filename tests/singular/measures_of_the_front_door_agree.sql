-- What must hold between the measures of the front door, assessments and enquiries, whatever the data: a measure of one
-- service area is that part of its "all" measure, a count is the denominator of the percentage over it, and what is overdue
-- is open. Returns what does not hold.
with told as (
    select * from {{ ref('safe_from_harm') }}
    where value_status not in ('not_loaded', 'not_computable')
),

parts_of (measure_number, whole_number, service_area) as (
    values
        (5, 3, 'FAMILY_FRONT_DOOR'),
        (9, 8, 'FAMILY_FRONT_DOOR'),
        (10, 8, 'LOCALITY'),
        (18, 12, 'FAMILY_FRONT_DOOR'),
        (19, 14, 'FAMILY_FRONT_DOOR'),
        (20, 16, 'FAMILY_FRONT_DOOR')
),

denominators_of (measure_number, whole_number) as (
    values (202, 203), (207, 12), (209, 22)
),

at_most (measure_number, whole_number) as (
    values (3, 206), (5, 3)
)

select {{ number_of('told') }} || ' is not its part of measure ' || parts_of.whole_number as what_is_wrong
from told
inner join parts_of using (measure_number)
inner join {{ ref('safe_from_harm') }} as wholes
    on parts_of.whole_number = wholes.measure_number
    and told.statistic = wholes.statistic
    and told.period_type = wholes.period_type
    and told.period_end = wholes.period_end
    and wholes.breakdown = 'service_area'
    and parts_of.service_area = wholes.breakdown_value
where
    told.breakdown = 'all'
    and (
        coalesce(told.numerator, 0) <> coalesce(wholes.numerator, 0)
        or coalesce(told.denominator, 0) <> coalesce(wholes.denominator, 0)
        or coalesce(told.value, -1) <> coalesce(wholes.value, -1)
    )

union all

select {{ number_of('told') }} || ' is not the denominator of measure ' || denominators_of.whole_number as what_is_wrong
from told
inner join denominators_of using (measure_number)
inner join told as wholes
    on denominators_of.whole_number = wholes.measure_number
    and wholes.is_headline
    and told.period_type = wholes.period_type
    and told.period_end = wholes.period_end
    and told.breakdown = wholes.breakdown
    and told.breakdown_value = wholes.breakdown_value
where told.is_headline and told.numerator <> wholes.denominator

union all

select {{ number_of('told') }} || ' is more than measure ' || at_most.whole_number as what_is_wrong
from told
inner join at_most using (measure_number)
inner join told as wholes
    on at_most.whole_number = wholes.measure_number
    and told.statistic = wholes.statistic
    and told.period_type = wholes.period_type
    and told.period_end = wholes.period_end
    and told.breakdown = wholes.breakdown
    and told.breakdown_value = wholes.breakdown_value
where told.numerator > wholes.numerator
