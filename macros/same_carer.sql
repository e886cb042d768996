{#
The later placement is with the carer of the earlier one: adopted or to be adopted by the foster carer; else the same
carer by id; else, where a carer is not known, by what the episode or the change says.
#}
{% macro same_carer(earlier, later) -%}
    case
        when {{ later }}.placement_type in ('A3', 'A5') then true
        when {{ earlier }}.carer_id is not null and {{ later }}.carer_id is not null
            then {{ earlier }}.carer_id = {{ later }}.carer_id
        else
            coalesce({{ later }}.start_reason in ('L', 'T', 'U'), false)
            or coalesce({{ earlier }}.change_reason = 'PLACE', false)
    end
{%- endmacro %}
