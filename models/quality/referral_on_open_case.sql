-- Referrals of a child whose earlier referral was still open that day (2): one row per referral.
with open_before as (
    select distinct referrals.referral_id
    from {{ ref('stg_referrals__referrals') }} as referrals
    inner join {{ ref('stg_referrals__referrals') }} as earlier
        on referrals.person_id = earlier.person_id
        and referrals.referred_on > earlier.referred_on
        and referrals.referred_on < coalesce(earlier.closed_on, {{ forever() }})
)

select
    {{ finding('referral_on_open_case', 'ssd_cin_episodes', 'cine_referral_date', of='referrals') }}

from {{ ref('stg_referrals__referrals') }} as referrals
inner join open_before using (referral_id)
