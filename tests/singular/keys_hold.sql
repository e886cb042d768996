-- The key of every table, the columns that its yml marks with `key: true`, is there and unique: one query over all of them in
-- place of two tests for each. Returns the tables where it does not hold.
-- The evidence tables, views until they are published, hold theirs where Great Expectations looks at them.
-- Runs last: after the marts, and after the models that no mart reads, which have to be named here.
-- depends_on: {{ ref('safe_from_harm') }}, {{ ref('full_potential') }}, {{ ref('positive_contribution') }}, {{ ref('healthy_lives') }}
-- depends_on: {{ ref('dim_measure') }}, {{ ref('dim_period') }}, {{ ref('dim_breakdown') }}, {{ ref('scorecard') }}, {{ ref('narrative_evidence') }}, {{ ref('stg_workforce__professionals') }}, {{ ref('stg_looked_after__care_plans') }}, {{ ref('stg_landing__rules') }}
{% set keyed = [] -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') -%}
        {%- set key = [] -%}
        {%- for column in node.columns.values() if column.config.meta.get('key') -%}
            {%- do key.append(column.name) -%}
        {%- endfor -%}
        {%- if key and not is_left_out(node) -%}{%- do keyed.append((node, key)) -%}{%- endif -%}
    {%- endfor -%}
{%- endif -%}
select of_table || ': ' || count(*) || ' keys (' || of_columns || ') are repeated or lack a part' as what_is_wrong
from (
    {%- for node, key in keyed %}
    select
        '{{ node.name }}' as of_table,
        '{{ key | join(", ") }}' as of_columns
    from {{ node.relation_name }}
    group by {{ key | join(', ') }}
    having count(*) > 1{% for column in key %} or {{ column }} is null{% endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
) as offenders
group by of_table, of_columns
