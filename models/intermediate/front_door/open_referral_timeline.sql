-- Under which referral a child is open to social care: one row per child and stretch of days under one open
-- referral.
with open_referrals as (
    select
        person_id,
        referral_id,
        team_id,
        referred_on,
        referred_on as from_on,
        closed_on as until_on,
        referred_at,
        referral_id_rank
    from {{ ref('stg_referrals__referrals') }}
),

{{ timeline(
    relation='open_referrals',
    key='person_id',
    values=['referral_id', 'team_id', 'referred_on'],
    order_by='referred_at desc, referral_id_rank desc'
) }}
