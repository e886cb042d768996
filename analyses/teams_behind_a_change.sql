-- Which teams drive the change in a measure? The last twelve months against the twelve before, team by team: how much of
-- the change of the whole comes from the team doing better or worse, and how much from its share of the cases.
-- Set `measure` and `statistic`; the mart is that of the measure's outcome.
{% set measure = var('measure') %}
{% set statistic = var('statistic') %}

with months as (
    select max(period_end) as this_year_end
    from {{ ref('safe_from_harm') }}
),

years as (
    select
        numbers.breakdown,
        numbers.breakdown_value,
        numbers.breakdown_label,
        numbers.period_end = months.this_year_end as is_this_year,
        numbers.numerator,
        numbers.denominator
    from {{ ref('safe_from_harm') }} as numbers
    cross join months
    where
        numbers.measure_number = {{ measure }}
        and numbers.statistic = '{{ statistic }}'
        and numbers.period_type = 'rolling_12m'
        and numbers.breakdown in ('all', 'team')
        and numbers.period_end in (months.this_year_end, last_day({{ plus_months('months.this_year_end', -12) }}))
),

compared as (
    select
        breakdown,
        breakdown_value,
        breakdown_label,
        sum(case when is_this_year then numerator end) as numerator,
        sum(case when is_this_year then denominator end) as denominator,
        sum(case when not is_this_year then numerator end) as numerator_before,
        sum(case when not is_this_year then denominator end) as denominator_before
    from years
    group by breakdown, breakdown_value, breakdown_label
),

whole as (
    select
        denominator,
        denominator_before,
        100 * numerator_before / nullif(denominator_before, 0) as value_before
    from compared
    where breakdown = 'all'
)

select
    teams.breakdown_value as team,
    teams.breakdown_label as team_name,
    100 * teams.numerator / nullif(teams.denominator, 0) as value_now,
    100 * teams.numerator_before / nullif(teams.denominator_before, 0) as value_before,
    teams.denominator as cases_now,
    teams.denominator_before as cases_before,
    -- its own change, weighed by its share of the cases now
    (
        100 * teams.numerator / nullif(teams.denominator, 0)
        - 100 * teams.numerator_before / nullif(teams.denominator_before, 0)
    )
    * teams.denominator / whole.denominator as from_its_own_change,
    -- the change of its share, weighed by how far it stood from the whole before
    (teams.denominator / whole.denominator - teams.denominator_before / whole.denominator_before)
    * (100 * teams.numerator_before / nullif(teams.denominator_before, 0) - whole.value_before) as from_its_share

from compared as teams
cross join whole
where teams.breakdown = 'team'
order by abs(coalesce(from_its_own_change, 0)) desc, team
