-- Steps down from social care to targeted family support or early help (90, 92): one row per person and end of involvement
-- that a service followed. Of the services that start within the days around the end, those recorded as coming from social
-- care are considered first, then the first to start; on one day, targeted family support.
with steps as (
    select
        chains.person_id,
        chains.ended_on as social_care_ended_on,
        chains.ended_in_departure,
        spells.support_episode_id,
        spells.service_level,
        spells.started_on as support_started_on,
        coalesce(spells.start_source = 'SOCIAL_CARE', false) as is_recorded,
        greatest(chains.ended_on, spells.started_on) as stepped_on
    from {{ ref('social_care_chains') }} as chains
    inner join {{ ref('support_spells') }} as spells
        on chains.person_id = spells.person_id
        and spells.started_on >= chains.ended_on - {{ parameter('step_window_days') }}
        and spells.started_on <= chains.ended_on + {{ parameter('step_window_days') }}
    qualify row_number() over (
        partition by chains.person_id, chains.chain_number
        order by
            case when spells.start_source = 'SOCIAL_CARE' then 0 else 1 end,
            spells.started_on,
            case when spells.service_level = 'TFS' then 0 else 1 end
    ) = 1
),

reopened as (
    select distinct
        steps.person_id,
        steps.social_care_ended_on
    from steps
    inner join {{ ref('social_care_spells') }} as spells
        on steps.person_id = spells.person_id
        and spells.started_on > steps.social_care_ended_on
        and spells.started_on <= steps.stepped_on
)

select
    steps.person_id,
    steps.service_level,
    steps.support_episode_id,
    steps.social_care_ended_on,
    steps.support_started_on,
    steps.stepped_on,
    steps.is_recorded,
    case
        when steps.ended_in_departure then 'excluded: died, or moved to another authority or abroad'
        when persons.died_on <= steps.stepped_on then 'excluded: died'
        when reopened.person_id is not null then 'excluded: open to social care again'
    end as because,
    {{ child_breakdowns('child', 'steps.stepped_on') }}

from steps
left join {{ ref('persons') }} as persons on steps.person_id = persons.person_id
left join reopened
    on steps.person_id = reopened.person_id and steps.social_care_ended_on = reopened.social_care_ended_on
left join {{ ref('child_timeline') }} as child
    on steps.person_id = child.person_id and steps.stepped_on >= child.from_on and steps.stepped_on < child.until_on
