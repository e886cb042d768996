-- Strategy discussions as extracted: one row per one child's row in one discussion.
select
    strategy_discussion_id,
    strategy_discussion_id_rank,
    group_id,
    person_id,
    referral_id,
    held_at,
    cast(held_at as date) as held_on,
    team_id,
    status,
    other_authority_led as is_other_authority_led,
    outcome,
    s47_enquiry_id

from {{ source('s47', 'local_strategy_discussions') }}
