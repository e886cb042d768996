{#- The date that the extracts describe, from which a version of a snapshot holds, and at which that of a row that is gone ends. -#}
{% macro night_described() -%}
    (select cast(as_at as timestamp) from {{ ref('stg_landing__run') }})
{%- endmacro %}

{#- dbt asks this when a row is gone; by itself it says when the night ran. -#}
{% macro duckdb__snapshot_get_time() -%}
    {{ night_described() }}
{%- endmacro %}

{#-
    Before a snapshot takes in a night, remove the versions of that date and of later ones, and open again those that ended then: a
    night that is repeated, or one of an earlier date, takes the place of what was known, and no two versions hold on one day.
-#}
{% macro forget_versions_from_this_night() -%}
    {%- if execute and load_relation(this) -%}
    delete from {{ this }} where dbt_valid_from >= {{ night_described() }}
    {%- endif -%}
{%- endmacro %}

{% macro open_versions_ended_by_this_night() -%}
    {%- if execute and load_relation(this) -%}
    update {{ this }} set dbt_valid_to = null where dbt_valid_to >= {{ night_described() }}
    {%- endif -%}
{%- endmacro %}

{#-
    Spark has no table that rows could be changed in. What was published last is read, and what follows on it is written: one query, in
    which the versions of this night and of later ones are forgotten too. `is_changed` and the columns are those of dbt's own `check`.
-#}
{% materialization snapshot, adapter='spark' %}
    {%- set before = load_relation(api.Relation.create(schema='history_before', identifier=this.identifier)) -%}
    {%- set columns = get_columns_in_query(compiled_code) -%}
    {%- call statement('main') -%}
        create table {{ this }} as
        {{ versions(compiled_code, columns, before, config.get('unique_key'), config.get('check_cols'), config.get('updated_at')) }}
    {%- endcall -%}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{#- The versions of a snapshot: those of `before`, and those that `latest`, a query, adds or ends. -#}
{% macro versions(latest, columns, before, key, checked, updated_at) -%}
    {%- set known = adapter.get_columns_in_relation(before) | map(attribute='name') | list if before else [] -%}
    with latest as (
        {{ latest }}
    ),

    known as (
        select
            {%- for column in columns %}
            {{ column if column in known else 'null as ' ~ column }},
            {%- endfor %}
            {%- if before %}
            dbt_scd_id,
            dbt_updated_at,
            dbt_valid_from,
            case when dbt_valid_to < {{ night_described() }} then dbt_valid_to end as dbt_valid_to
        from {{ before }}
        where dbt_valid_from < {{ night_described() }}
            {%- else %}
            cast(null as string) as dbt_scd_id,
            cast(null as timestamp) as dbt_updated_at,
            cast(null as timestamp) as dbt_valid_from,
            cast(null as timestamp) as dbt_valid_to
        where false
            {%- endif %}
    ),

    compared as (
        select
            known.{{ key }} as known_key,
            latest.{{ key }} as latest_key,
            {%- for column in checked %}
            {{ 'not (' if loop.first }}known.{{ column }} <=> latest.{{ column }}{{ ' and' if not loop.last else ') as is_changed' }}
            {%- endfor %}
        from (select * from known where dbt_valid_to is null) as known
        full outer join latest on known.{{ key }} = latest.{{ key }}
    )

    select
        {%- for column in columns %}
        known.{{ column }},
        {%- endfor %}
        known.dbt_scd_id,
        known.dbt_updated_at,
        known.dbt_valid_from,
        case
            when known.dbt_valid_to is null and (compared.latest_key is null or compared.is_changed) then {{ night_described() }}
            else known.dbt_valid_to
        end as dbt_valid_to
    from known
    left join compared on known.{{ key }} = compared.known_key
    union all
    select
        {%- for column in columns %}
        latest.{{ column }},
        {%- endfor %}
        {{ snapshot_hash_arguments(['latest.' ~ key, 'latest.' ~ updated_at]) }},
        latest.{{ updated_at }},
        latest.{{ updated_at }},
        cast(null as timestamp)
    from latest
    inner join compared on latest.{{ key }} = compared.latest_key
    where compared.known_key is null or compared.is_changed
{%- endmacro %}
