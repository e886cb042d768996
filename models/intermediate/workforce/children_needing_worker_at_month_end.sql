-- Children who need a worker at each month end, and whether they have one: one row per child and period end.
with children as (
    -- a plan that is none of measure 63's (18 or over, no date of birth) gives way to an enquiry beside it
    select *
    from {{ ref('needs_for_worker_at_month_end') }}
    qualify row_number() over (
        partition by period_end, case_id
        order by because is not null, precedence, needed_from, team, service_area
    ) = 1
),

workers as (
    select
        children.period_end,
        children.case_id,
        bool_or(workers.until_on > children.period_end) as has_worker,
        max(case when workers.until_on <= children.period_end then workers.until_on end) as last_worker_until
    from children
    inner join {{ ref('valid_allocations') }} as workers
        on children.person_id = workers.person_id
        and workers.from_on <= children.period_end
        and (
            workers.is_social_worker
            or (children.need = 'child_in_need_plan' and not {{ parameter('cin_needs_social_worker') }})
        )
    group by children.period_end, children.case_id
)

select
    children.period_end,
    children.case_id,
    children.person_id,
    children.need,
    children.is_plan,
    children.needed_from,
    workers.last_worker_until,
    coalesce(workers.has_worker, false) as has_worker,
    -- without a worker since before the calendar: since its first day
    {{ working_days('without_days', 'month_end_days') }} as working_days_without,
    children.because,
    {{ breakdowns('children') }}

from children
left join workers on children.period_end = workers.period_end and children.case_id = workers.case_id
left join {{ ref('calendar') }} as month_end_days on children.period_end = month_end_days.day
left join {{ ref('calendar') }} as without_days
    on without_days.day
    = greatest(children.needed_from, coalesce(workers.last_worker_until, children.needed_from))
