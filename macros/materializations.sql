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
