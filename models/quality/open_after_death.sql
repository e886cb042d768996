-- Referrals, plans, episodes of care and care leavers' spells left open after the person died: one row per record.
with dead as (
    select persons.person_id
    from {{ ref('persons') }} as persons
    cross join {{ ref('stg_landing__run') }} as run
    where persons.died_on <= run.as_at
)

select
    {{ finding('open_after_death', 'ssd_cin_episodes', 'cine_close_date', of='referrals') }}
from {{ ref('stg_referrals__referrals') }} as referrals
inner join dead using (person_id)
where referrals.closed_on is null

union all

select
    {{ finding('open_after_death', 'ssd_cin_plans', 'cinp_cin_plan_end_date', of='plans') }}
from {{ ref('stg_child_in_need__plans') }} as plans
inner join dead using (person_id)
where plans.ended_on is null

union all

select
    {{ finding('open_after_death', 'ssd_cp_plans', 'cppl_cp_plan_end_date', of='plans') }}
from {{ ref('stg_child_protection__plans') }} as plans
inner join dead using (person_id)
where plans.ended_on is null

union all

select
    {{ finding('open_after_death', 'ssd_cla_episodes', 'clae_cla_episode_ceased_date', of='episodes') }}
from {{ ref('stg_looked_after__episodes') }} as episodes
inner join dead using (person_id)
where episodes.ended_on is null

union all

select
    {{ finding('open_after_death', 'local_care_leaver_spells', 'open_end_date', of='spells') }}
from {{ ref('stg_care_leavers__spells') }} as spells
inner join dead using (person_id)
where spells.opened_on is not null and spells.open_ended_on is null
