{#
Tables and views are made under their own names at once. The adapter's own way makes them under another name, renames twice and drops
the old, to keep readers served meanwhile; a warehouse is built aside here and published whole, so that nobody reads it yet, and the
renames took a fifth of a night. A contract is held against the table as it was made: asked of its SQL, as the adapter does, the largest
mart would be planned twice. SQL models only, without indexes, grants, comments or constraints: none is set in this project.
#}
{% materialization table, adapter='duckdb' %}
    {{ return(made_at_once('table')) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(made_at_once('view')) }}
{% endmaterialization %}

{% materialization table, adapter='spark' %}
    {{ return(made_at_once('table')) }}
{% endmaterialization %}

{% materialization view, adapter='spark' %}
    {{ return(made_at_once('view')) }}
{% endmaterialization %}

{# A seed is read where it lies: row by row, as the adapter inserts it, the largest would take minutes. #}
{% materialization seed, adapter='spark' %}
    {% set relation = this.incorporate(type='table') %}
    {% set seed = load_agate_table() %}
    {% do store_result('agate_table', response='OK', agate_table=seed) %}
    {% set given = config.get('column_types') or {} %}
    {% call statement('rows') %}
        create or replace temporary view {{ this.identifier }}__rows using csv options (
            path '{{ model.root_path }}/{{ model.original_file_path }}', header 'true', escape '"', multiLine 'true'
        )
    {% endcall %}
    {% do adapter.drop_relation(relation) %}
    {% call statement('main') %}
        create table {{ relation }} as
        select
            {%- for name in seed.column_names %}
            cast({{ name }} as {{ given.get(name, adapter.convert_type(seed, loop.index0)) }}) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ this.identifier }}__rows
    {% endcall %}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{% macro made_at_once(kind) %}
    {% set made_before = load_cached_relation(this) %}
    {% set relation = this.incorporate(type=kind) %}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {% if made_before is not none %}
        {% do adapter.drop_relation(made_before) %}
    {% endif %}
    {% call statement('main', auto_begin=False) %}
        create {{ kind }} {{ relation }} as (
        {{ compiled_code }}
        )
    {% endcall %}
    {% if config.get('contract').enforced %}
        {{ get_assert_columns_equivalent('select * from ' ~ relation) }}
    {% endif %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [relation]}) }}
{% endmacro %}

{#
Writes a build to disk while dbt can still say that it could not. DuckDB would do it when it is closed, and tell nobody if the disk
is full. Runs at the end of every run.
#}
{% macro keep_build() %}
    {{ return(adapter.dispatch('keep_build')()) }}
{% endmacro %}

{% macro default__keep_build() %}{% endmacro %}

{% macro duckdb__keep_build() %}
    checkpoint {{ target.database }}
{% endmacro %}
