-- Whether practitioners were supervised in a month, or absent (69): one row per worker and month.
with absences as (
    -- the end of an absence is its last day; a day in two absences counts once
    select
        last_day(days.day) as month_end,
        absences.worker_id,
        count(distinct days.day) as working_days
    from {{ ref('stg_workforce__absences') }} as absences
    inner join {{ ref('calendar') }} as days
        on days.day >= absences.started_on and days.day <= coalesce(absences.ended_on, {{ forever() }})
    where days.is_working_day
    group by last_day(days.day), absences.worker_id
),

supervisions as (
    select
        last_day(supervised_on) as month_end,
        worker_id,
        max(case
            when supervision_type = 'ONE_TO_ONE' and status = 'COMPLETED' then supervised_on
        end) as supervised_on
    from {{ ref('stg_workforce__supervisions') }}
    where supervised_on is not null
    group by last_day(supervised_on), worker_id
)

select
    practitioners.month_end,
    practitioners.worker_id,
    coalesce(absences.working_days, 0)
    >= least({{ parameter('absent_working_days') }}, practitioners.working_days) as was_absent,
    supervisions.supervised_on,
    case when supervisions.worker_id is null then 'missing: supervision' end as because,
    practitioners.service_area,
    practitioners.team

from {{ ref('practitioner_months') }} as practitioners
left join absences
    on practitioners.month_end = absences.month_end and practitioners.worker_id = absences.worker_id
left join supervisions
    on practitioners.month_end = supervisions.month_end and practitioners.worker_id = supervisions.worker_id
