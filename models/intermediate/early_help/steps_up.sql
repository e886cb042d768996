-- Referrals accepted by social care of people who came from targeted family support or early help (94): one row per
-- referral. The service is the one recorded, else the one that was with the person or had ended days before; people already
-- open to social care are left out. The team is the one on the referral (C14).
with accepted as (
    select
        referrals.referral_id,
        referrals.referral_id_rank,
        referrals.person_id,
        referrals.team_id,
        referrals.received_on,
        referrals.decided_on,
        case when decisions.source_service in ('TFS', 'EARLY_HELP') then decisions.source_service end as source_service
    from {{ ref('referral_rows') }} as referrals
    inner join {{ ref('stg_referrals__decisions') }} as decisions using (referral_id)
    where
        decisions.decision in ('ASSESSMENT', 'STRATEGY')
        and referrals.received_on is not null
        and referrals.decided_on is not null
),

already_open as (
    select distinct accepted.referral_id
    from accepted
    inner join {{ ref('open_social_care_spells') }} as spells
        on accepted.person_id = spells.person_id
        and accepted.received_on > spells.started_on
        and accepted.received_on >= spells.from_on
        and accepted.received_on < spells.until_on
        and not (spells.kind = 'referral' and accepted.referral_id = spells.spell_id)
),

supported as (
    select
        accepted.referral_id,
        max(episodes.service_level) as service_level
    from accepted
    inner join {{ ref('stg_early_help__support_episodes') }} as episodes
        on accepted.person_id = episodes.person_id
        and accepted.received_on >= episodes.started_on
        and coalesce(episodes.ended_on, {{ forever() }}) >= accepted.received_on - {{ parameter('step_window_days') }}
        and episodes.started_on <= coalesce(episodes.ended_on, {{ forever() }})
    where episodes.service_level in ('TFS', 'EARLY_HELP')
    group by accepted.referral_id
)

select
    accepted.referral_id,
    accepted.referral_id_rank,
    accepted.person_id,
    accepted.received_on,
    accepted.decided_on,
    coalesce(accepted.source_service, supported.service_level) as from_service,
    accepted.source_service is not null as is_recorded,
    case when accepted.person_id is null then 'unknown: child' end as because,
    {{ child_breakdowns(
        'child',
        'accepted.decided_on',
        team='accepted.team_id',
        service_area='teams.service_area'
    ) }}

from accepted
left join supported on accepted.referral_id = supported.referral_id
left join already_open on accepted.referral_id = already_open.referral_id
left join {{ ref('child_timeline') }} as child
    on accepted.person_id = child.person_id
    and accepted.decided_on >= child.from_on
    and accepted.decided_on < child.until_on
left join {{ ref('team_timeline') }} as teams
    on accepted.team_id = teams.team_id
    and accepted.decided_on >= teams.from_on
    and accepted.decided_on < teams.until_on
where
    already_open.referral_id is null
    and coalesce(accepted.source_service, supported.service_level) is not null
