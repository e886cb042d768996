-- Periods of care (C16): one row per period, known by its first episode.
with periods as (
    select
        care_period_id,
        care_period_id_rank,
        person_id,
        min(started_at) as started_at,
        min(started_on) as started_on,
        case when count(*) = count(ended_on) then max(ended_on) end as ended_on
    from {{ ref('care_episodes') }}
    group by care_period_id, care_period_id_rank, person_id
),

last_episodes as (
    select
        care_period_id,
        end_reason
    from {{ ref('care_episodes') }}
    qualify row_number() over (
        partition by care_period_id
        order by coalesce(ended_on, {{ forever() }}) desc, started_at desc, episode_id_rank desc
    ) = 1
),

legal_statuses as (
    select
        periods.care_period_id,
        bool_and(statuses.legal_status in ('V3', 'V4')) as is_short_breaks
    from periods
    inner join {{ ref('legal_status_spells') }} as statuses
        on periods.person_id = statuses.person_id
        and statuses.started_on
        <= greatest(periods.started_on, coalesce(periods.ended_on, {{ forever() }}) - 1)
        and coalesce(statuses.ended_on, {{ forever() }})
        >= least(periods.started_on + 1, coalesce(periods.ended_on, {{ forever() }}))
    group by periods.care_period_id
)

select
    periods.care_period_id,
    periods.care_period_id_rank,
    periods.person_id,
    periods.started_at,
    periods.started_on,
    periods.ended_on,
    last_episodes.end_reason,
    coalesce(legal_statuses.is_short_breaks, false) as is_short_breaks,
    legal_statuses.care_period_id is not null as has_legal_status

from periods
inner join last_episodes using (care_period_id)
left join legal_statuses using (care_period_id)
