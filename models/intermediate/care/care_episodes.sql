-- Episodes of care and the period of care each belongs to (C16), those left open after an adoption closed by
-- its order: one row per episode. An episode without a child is a period by itself.
with adoption_orders as (
    select
        episodes.episode_id,
        min(permanence.ordered_on) as ordered_on
    from {{ ref('stg_looked_after__episodes') }} as episodes
    inner join {{ ref('stg_adoption__permanence') }} as permanence
        on episodes.person_id = permanence.person_id
        and episodes.started_on <= permanence.ordered_on
    where episodes.ended_on is null and lower(permanence.order_type) like '%adopt%'
    group by episodes.episode_id
),

closed as (
    select
        episodes.episode_id,
        episodes.episode_id_rank,
        episodes.person_id,
        {{ nobodys('episodes.person_id', 'episodes.episode_id') }} as nobodys_episode_id,
        episodes.cla_id,
        episodes.placement_id,
        episodes.started_at,
        episodes.started_on,
        episodes.start_reason,
        episodes.end_reason,
        coalesce(episodes.ended_on, adoption_orders.ordered_on) as ended_on
    from {{ ref('stg_looked_after__episodes') }} as episodes
    left join adoption_orders using (episode_id)
),

chained as (
    {{ chained('closed', 'person_id, nobodys_episode_id', 'episode_id_rank', start='started_on, started_at') }}
)

select
    episode_id,
    episode_id_rank,
    person_id,
    first_value(episode_id) over (
        partition by person_id, nobodys_episode_id, chain_number
        order by started_on, started_at, episode_id_rank
    ) as care_period_id,
    first_value(episode_id_rank) over (
        partition by person_id, nobodys_episode_id, chain_number
        order by started_on, started_at, episode_id_rank
    ) as care_period_id_rank,
    cla_id,
    placement_id,
    started_at,
    started_on,
    start_reason,
    ended_on,
    end_reason

from chained
