{#
What a number says, in one plain sentence. `row` has value and unit, period and clock, the target and what it rests on, the direction, and
the published figure of England with its year, as the scorecard puts them together.
#}
{% macro sentence(row) -%}
    case when {{ row }}.breakdown_value <> 'all' then {{ row }}.breakdown_label || ': ' else '' end
    || case
        when {{ row }}.value_status = 'not_computable' then 'Not known: no extract of the contract holds it.'
        when {{ row }}.value_status = 'not_loaded'
            then 'Not known ' || {{ period_in_words(row) }} || ': an extract that it needs was not loaded or does not cover the period.'
        when {{ row }}.value is null then 'No case to count ' || {{ period_in_words(row) }} || '.'
        else concat(
            {{ value_in_words(row) }},
            ' ',
            {{ period_in_words(row) }},
            {{ cases_in_words(row) }},
            {{ target_in_words(row) }},
            {{ movement_in_words(row) }},
            {{ england_in_words(row) }},
            '.'
        )
    end
{%- endmacro %}

{# When: a day for what is a position, the months that are added up for all else. #}
{% macro period_in_words(row) -%}
    case
        when {{ row }}.carried_from is not null then 'as last known (' || {{ row }}.carried_from || ')'
        when {{ row }}.clock = 'position' then 'at the end of ' || {{ month_in_words(row ~ '.period_end') }}
        when {{ row }}.period_type = 'rolling_12m' then 'in the 12 months to ' || {{ month_in_words(row ~ '.period_end') }}
        when ({{ row }}.period_type = 'ytd' or {{ row }}.clock = 'year_to_date') and month({{ row }}.period_end) <> 4
            then 'from April '
            || (year({{ row }}.period_end) - case when month({{ row }}.period_end) < 4 then 1 else 0 end)
            || ' to ' || {{ month_in_words(row ~ '.period_end') }}
        else 'in ' || {{ month_in_words(row ~ '.period_end') }}
    end
{%- endmacro %}

{# The value, with what it is counted in. #}
{% macro value_in_words(row) -%}
    {%- set value, decimals = row ~ '.value', row ~ '.decimals' -%}
    case
        when {{ row }}.value_status = 'narrative' and {{ value }} = 0 then 'No entries'
        when {{ row }}.value_status = 'narrative' then {{ several(value, shown(value, decimals), "'entry'", "'entries'") }}
        when {{ row }}.unit = 'count' and {{ value }} = 0 then 'None'
        when {{ row }}.unit = 'rate_per_10k' then {{ shown(value, decimals) }} || ' per 10,000 children'
        when {{ row }}.unit = 'mean' then 'A mean of ' || {{ shown(value, decimals) }}
        when {{ row }}.unit = 'median' then 'A median of ' || {{ shown_short(value, decimals) }}
        when {{ row }}.unit = 'max' then 'At most ' || {{ shown(value, decimals) }}
        when {{ row }}.unit = 'days' then {{ several('round(' ~ value ~ ', 0)', shown(value, decimals), "'day'", "'days'") }} || ' on average'
        else {{ valued(value, row ~ '.unit', decimals) }}
    end
{%- endmacro %}

{# The cases behind it, and that it may still change. #}
{% macro cases_in_words(row) -%}
    coalesce(' (' || nullif(concat_ws(
        ', ',
        {{ cases_told(row ~ '.numerator', row ~ '.denominator', row ~ '.unit') }},
        case when {{ row }}.value_status = 'provisional' then 'provisional' end
    ), '') || ')', '')
{%- endmacro %}

{# How far it is from its target, and what the target rests on. #}
{% macro target_in_words(row) -%}
    {%- set gap = 'abs(' ~ row ~ '.value - ' ~ row ~ '.any_target)' -%}
    {%- set gap_shown = 'round(' ~ gap ~ ', 1)' -%}
    coalesce(', '
    || case
        when {{ gap }} = 0 then 'exactly'
        when {{ gap_shown }} = 0 then 'just'
        when {{ row }}.unit = 'pct' then {{ several(gap_shown, shown_short(gap, 1), "'point'", "'points'") }}
        else {{ shown_short(gap, 1) }}
    end
    || case
        when {{ gap }} = 0 then ''
        when {{ row }}.value < {{ row }}.any_target and {{ row }}.good = 'high' then ' short of'
        when {{ row }}.value < {{ row }}.any_target then ' below'
        when {{ row }}.good = 'low' then ' over'
        else ' above'
    end
    || ' the ' || {{ row }}.target_basis || ' ' || {{ shown_short(row ~ '.any_target', 1) }}
    || case when {{ row }}.unit = 'pct' then '%' else '' end, '')
{%- endmacro %}

{# What the signal says of its movement: of the month, or of the month that a longer period ends with. #}
{% macro movement_in_words(row) -%}
    coalesce('; '
    || case
        when {{ row }}.period_type <> 'month' and {{ row }}.clock = 'flow' then 'in the latest month '
        else ''
    end
    || case {{ row }}.direction_of_travel
        when 'no real change' then 'movement is within normal variation'
        when 'better' then 'it has really changed for the better'
        when 'worse' then 'it has really changed for the worse'
        when 'up' then 'it has really risen'
        when 'down' then 'it has really fallen'
        when 'not enough to tell' then 'there is too little to tell movement from chance'
    end, '')
{%- endmacro %}

{# What was published of England, with the year that it is of. #}
{% macro england_in_words(row) -%}
    coalesce('; England had ' || {{ valued(row ~ '.england', row ~ '.unit', row ~ '.decimals') }}
    || ' in the ' || {{ row }}.year_label, '')
{%- endmacro %}
