-- What must hold between the measures of looked after children and missing children, whatever the data: those
-- over the same children or events have the same number of them, and a part is never more than its whole.
-- Returns what does not hold.
with told as (
    select
        *,
        coalesce(denominator, numerator) as number_of_cases
    from {{ ref('safe_from_harm') }}
    where value_status not in ('not_loaded', 'not_computable')
),

same_cases (measure_number, statistic, whole_number, whole_statistic) as (
    values
    (33, 'pct', 31, 'count'),
    (37, 'pct', 31, 'count'),
    (41, 'pct', 31, 'count'),
    (47, 'pct', 46, 'pct'),
    (48, 'pct', 42, 'pct'),
    (58, 'pct', 54, 'pct'),
    (58, 'pct_of_accepted', 54, 'pct_of_accepted'),
    (60, 'pct', 56, 'pct'),
    (60, 'pct_of_accepted', 56, 'pct_of_accepted'),
    (213, 'count', 35, 'pct_of_starts')
),

at_most (measure_number, statistic, whole_number, whole_statistic) as (
    values
    (35, 'count_distinct_children', 35, 'count'),
    (38, 'count', 31, 'count'),
    (38, 'count_over_10wd', 38, 'count'),
    (41, 'pct_in_care_12m_plus', 41, 'pct'),
    (43, 'count', 31, 'count'),
    (44, 'count', 31, 'count'),
    (45, 'count', 31, 'count'),
    (56, 'pct', 54, 'pct'),
    (58, 'pct', 54, 'pct'),
    (60, 'pct', 56, 'pct'),
    (60, 'pct', 58, 'pct'),
    (62, 'count', 61, 'count'),
    (62, 'count_episodes', 61, 'count_episodes'),
    (62, 'count_children_2plus_episodes', 61, 'count_children_2plus_episodes'),
    (62, 'count_children_away', 61, 'count_children_away'),
    (61, 'count', 61, 'count_episodes'),
    (61, 'count_children_2plus_episodes', 61, 'count')
),

claims as (
    select
        *,
        'same cases' as claim
    from same_cases
    union all
    select
        *,
        'at most' as claim
    from at_most
)

select
    {{ number_of('told') }}
    || case claims.claim when 'same cases' then ' does not ask the cases of measure ' else ' is more than measure ' end
    || claims.whole_number as what_is_wrong
from claims
inner join told using (measure_number, statistic)
inner join told as wholes
    on claims.whole_number = wholes.measure_number
    and claims.whole_statistic = wholes.statistic
    and told.period_type = wholes.period_type
    and told.period_end = wholes.period_end
where
    told.breakdown = 'all'
    and wholes.breakdown = 'all'
    and case claims.claim
        when 'same cases' then told.number_of_cases <> wholes.number_of_cases
        else told.numerator > wholes.numerator
    end
