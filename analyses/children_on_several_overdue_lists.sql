-- Which children stand on more than one overdue list at the last month end? The lists are the evidence of the measures
-- that count what is overdue or missing; a child on several of them is one conversation, not several.
{% set overdue = [
    (3, 'count', 'assessment overdue'),
    (7, 'pct', 'no visit within 72 hours of the strategy discussion'),
    (26, 'count', 'child protection conference overdue'),
    (38, 'count', 'no care plan'),
    (44, 'count', 'review of the looked after child overdue'),
    (51, 'count', 'no child in need plan'),
    (63, 'count', 'no allocated worker'),
] %}

with lists as (
    {% for measure, statistic, list in overdue -%}
    select
        person_id,
        team,
        '{{ list }}' as overdue
    from {{ ref('safe_from_harm_evidence') }}
    where
        measure_number = {{ measure }}
        and statistic = '{{ statistic }}'
        and period_type = 'month'
        and period_end = (select max(period_end) from {{ ref('periods') }})
        and in_numerator
    {{ 'union' if not loop.last }}
    {% endfor -%}
)

select
    person_id,
    max(team) as team,
    count(*) as lists,
    string_agg(overdue, '; ' order by overdue) as overdue

from lists
where person_id is not null
group by person_id
having count(*) > 1
order by lists desc, person_id
