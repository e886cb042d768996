-- The key of every table, the columns that its yml marks with `key: true`, is there and unique: one query over all of them in
-- place of two tests for each. Returns the tables whose key is missing or repeated, and in how many rows.
-- Runs once all of them are built, which is when the last of them are:
-- depends_on: {{ ref('safe_from_harm') }}, {{ ref('full_potential') }}, {{ ref('positive_contribution') }}, {{ ref('healthy_lives') }}
-- depends_on: {{ ref('stg_workforce__professionals') }}, {{ ref('stg_looked_after__care_plans') }}
with offenders as (
    {% set keyed = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') -%}
            {%- set key = [] -%}
            {%- for column in node.columns.values() if (column.config.meta or column.meta).get('key') -%}
                {%- do key.append(column.name) -%}
            {%- endfor -%}
            {%- if key -%}{%- do keyed.append((node, key)) -%}{%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for node, key in keyed -%}
    select
        '{{ node.name }}' as table_name,
        '{{ key | join(", ") }}' as key_columns,
        count(*) - count(distinct ({{ key | join(', ') }})) as n_repeated,
        count_if({% for column in key %}{{ ' or ' if not loop.first }}{{ column }} is null{% endfor %}) as n_missing
    from {{ node.relation_name }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select * from offenders
where n_repeated > 0 or n_missing > 0
