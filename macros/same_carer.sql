{#
The later placement is with the carer of the earlier one: adopted or to be adopted by the foster carer; else the same
carer by id; else, where a carer is not known, by what the episode or the change says. After days away (T0 to T4) the
same type of placement with the same URN or postcode, as far as both are known, is the same carer, whatever the
episode says.
#}
{% macro same_carer(earlier, later, after_days_away=false) -%}
    {%- set same_urn = earlier ~ '.provider_urn = ' ~ later ~ '.provider_urn' -%}
    {%- set same_postcode = earlier ~ '.postcode_hash = ' ~ later ~ '.postcode_hash' -%}
    case
        when {{ later }}.placement_type in ('A3', 'A5') then true
        when {{ earlier }}.carer_id is not null and {{ later }}.carer_id is not null
            then {{ earlier }}.carer_id = {{ later }}.carer_id
        {% if after_days_away -%}
        when {{ earlier }}.placement_type = {{ later }}.placement_type
            and coalesce({{ same_urn }} or {{ same_postcode }}, coalesce({{ same_urn }}, {{ same_postcode }}) is null)
            then true
        {% endif -%}
        else
            coalesce({{ later }}.start_reason in ('L', 'T', 'U'), false)
            or coalesce({{ earlier }}.change_reason = 'PLACE', false)
    end
{%- endmacro %}
