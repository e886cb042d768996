-- Breakdowns and their parts, for a star: one row per breakdown and value.
with numbers as (
    {{ rows_of(
        [ref('safe_from_harm'), ref('full_potential'), ref('positive_contribution'), ref('healthy_lives')],
        'true'
    ) }}
)

select
    breakdown || ':' || breakdown_value as breakdown_key,
    breakdown,
    {{ capitalised("replace(breakdown, '_', ' ')") }} as breakdown_name,
    breakdown_value,
    breakdown_label,
    breakdown_order

from numbers
group by breakdown, breakdown_value, breakdown_label, breakdown_order
