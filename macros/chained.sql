{#
Numbers the chains of spells (C16): a spell belongs to the chain before it when it starts on or before the day the chain
has reached, plus `gap` days. `relation` has the key, `started_on` and `ended_on` (null: open); the result is the
relation with `chain_number`, counted per key. Spells without a start are left out.
#}
{% macro chained(relation, key, tie, start='started_on', gap=0) -%}
{%- set order_by = start ~ ', coalesce(ended_on, ' ~ forever() ~ '), ' ~ tie -%}
select
    *,
    sum(case when started_on <= reached_on + {{ gap }} then 0 else 1 end) over (
        partition by {{ key }}
        order by {{ order_by }}
        rows between unbounded preceding and current row
    ) as chain_number
from (
    select
        *,
        max(coalesce(ended_on, cast('9000-01-01' as date))) over (
            partition by {{ key }}
            order by {{ order_by }}
            rows between unbounded preceding and 1 preceding
        ) as reached_on
    from {{ relation }}
    where started_on is not null
) as spells
{%- endmacro %}
