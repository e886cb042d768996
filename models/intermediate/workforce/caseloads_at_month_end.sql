-- What each worker in post holds at each month end, by each way of counting:
-- one row per worker and period end.
with children as (
    select
        period_end,
        worker_id,
        count(*) as children,
        count(case_status) as open_children,
        count_if(not is_short_break_only) as children_beyond_short_breaks
    from {{ ref('allocated_children_at_month_end') }}
    group by period_end, worker_id
),

-- an adviser may be primary worker, have the role PA and be named on the care leaver's record: it is one case
advised as (
    select
        period_end,
        worker_id,
        person_id
    from {{ ref('allocated_children_at_month_end') }}
    union
    select
        month_ends.period_end,
        allocations.worker_id,
        allocations.person_id
    from {{ ref('allocations') }} as allocations
    inner join {{ ref('month_ends') }} as month_ends
        on allocations.started_on <= month_ends.period_end
        and coalesce(allocations.ended_on, {{ forever() }}) > month_ends.period_end
    where allocations.role = 'PA'
    union
    select
        month_ends.period_end,
        spells.personal_adviser_id as worker_id,
        spells.person_id
    from {{ ref('stg_care_leavers__spells') }} as spells
    inner join {{ ref('month_ends') }} as month_ends
        on spells.opened_on <= month_ends.period_end
        and coalesce(spells.open_ended_on, {{ forever() }}) > month_ends.period_end
),

young_people as (
    select
        period_end,
        worker_id,
        count(person_id) as young_people
    from advised
    group by period_end, worker_id
),

families as (
    select
        month_ends.period_end,
        allocations.worker_id,
        count(distinct case
            when '{{ parameter('tfs_caseload_unit') }}' = 'child'
                then coalesce(allocations.person_id, allocations.family_id)
            else coalesce(allocations.family_id, allocations.person_id)
        end) as families
    from {{ ref('stg_early_help__support_allocations') }} as allocations
    inner join {{ ref('month_ends') }} as month_ends
        on allocations.started_on <= month_ends.period_end
        and coalesce(allocations.ended_on, {{ forever() }}) > month_ends.period_end
    where allocations.role = 'PRIMARY'
    group by month_ends.period_end, allocations.worker_id
)

select
    workers.period_end,
    workers.worker_id,
    workers.role,
    workers.is_in_social_work_role,
    workers.is_student,
    workers.fte,
    coalesce(children.children, 0) as children,
    coalesce(children.open_children, 0) as open_children,
    coalesce(children.children_beyond_short_breaks, 0) as children_beyond_short_breaks,
    coalesce(young_people.young_people, 0) as young_people,
    coalesce(families.families, 0) as families,
    workers.service_area,
    workers.team

from {{ ref('employments_at_month_end') }} as workers
left join children using (period_end, worker_id)
left join young_people using (period_end, worker_id)
left join families using (period_end, worker_id)
where workers.is_post_held
