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
