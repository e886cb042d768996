-- Workers' allocations to children, but those of no child and those that end before they start: one row per allocation.
select
    involvements.involvement_id,
    involvements.involvement_id_rank,
    coalesce(involvements.person_id, referrals.person_id) as person_id,
    involvements.worker_id,
    involvements.team_id,
    involvements.started_at,
    involvements.started_on,
    involvements.ended_on,
    involvements.role,
    coalesce(involvements.role in ('CW', 'PRIMARY'), false) as is_primary,
    coalesce(involvements.role not in ('CW', 'PRIMARY', 'DUTY'), false) as is_secondary

from {{ ref('stg_workforce__involvements') }} as involvements
left join {{ ref('stg_referrals__referrals') }} as referrals using (referral_id)
where
    coalesce(involvements.person_id, referrals.person_id) is not null
    and (
        involvements.ended_on is null
        or involvements.started_on is null
        or involvements.ended_on >= involvements.started_on
    )
