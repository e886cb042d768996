-- What would a different limit do? The share of assessments completed in time, had the limit been another number of
-- working days, in the last twelve months and by service area. For a measure as a whole, and any limit:
-- dbt build --vars '{assessment_working_days: 40}' builds what it would be, beside what is published.
{% set limits = [25, 35, 40, 45, 50, 60] %}

with limits as (
    {% for limit in limits -%}
    select {{ limit }} as working_days
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select
    limits.working_days,
    assessments.service_area,
    count(assessments.working_days_taken) as assessments,
    count_if(assessments.working_days_taken <= limits.working_days) as in_time,
    100 * count_if(assessments.working_days_taken <= limits.working_days)
    / nullif(count(assessments.working_days_taken), 0) as pct_in_time,
    limits.working_days = {{ parameter('assessment_working_days') }} as is_the_limit_today

from {{ ref('assessments_completed') }} as assessments
inner join {{ ref('periods') }} as periods
    on assessments.counted_on >= periods.period_start
    and assessments.counted_on <= periods.period_end
    and periods.period_type = 'rolling_12m'
    and periods.is_last
cross join limits
group by limits.working_days, assessments.service_area
order by assessments.service_area, limits.working_days
