{#
Tables and views are made under their own names at once. The adapter's own way makes them under another name, renames twice and drops
the old, to keep readers served meanwhile; a warehouse is built aside here and published whole, so that nobody reads it yet, and the
renames took a fifth of a night. SQL models only, without indexes, grants or comments: none is set in this project.
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
        {% if kind == 'table' %}
            {{ get_create_table_as_sql(False, relation, compiled_code) }}
        {% else %}
            {{ get_create_view_as_sql(relation, compiled_code) }}
        {% endif %}
    {% endcall %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [relation]}) }}
{% endmacro %}
