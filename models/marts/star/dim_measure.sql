-- Measures and their statistics, for a star: one row per measure and statistic.
select
    measure_number * 100 + statistic_order as measure_key,
    measure_number,
    measure_id,
    short_title as title,
    title as list_title,
    search_words,
    statistic,
    meaning,
    is_headline,
    unit,
    decimals,
    good,
    outcome,
    side,
    work_area,
    work_area_title,
    unit = 'count' as value_adds_up,
    unit in ('pct', 'count') as parts_add_up,
    unit in ('pct', 'count') and clock = 'flow' and not {{ counts_anew_in_each_period() }} as months_add_up,
    definition_status,
    definition_version

from {{ ref('measures') }}
