-- What a young person does, in education, training, work or none: one row per person and stretch of days under one activity.
-- The spell that started last prevails; a code that the contract does not have says as little as none.
with activities as (
    select
        spells.person_id,
        codes.code as activity_code,
        spells.started_on as from_on,
        spells.ended_on as until_on,
        spells.activity_spell_id_rank
    from {{ ref('stg_education__activity_spells') }} as spells
    left join {{ ref('stg_landing__codes') }} as codes
        on spells.activity_code = codes.code and codes.code_set = 'activity_code'
),

{{ timeline(
    relation='activities',
    key='person_id',
    values=['activity_code'],
    order_by='from_on desc, activity_spell_id_rank desc'
) }}
