-- The one status of a child on any day (C19): one row per child and stretch of days under one status.
with case_spells as (
    select * from {{ ref('case_spells') }}
),

{{ timeline(
    relation='case_spells',
    key='person_id',
    values=['case_status'],
    order_by='precedence, from_on desc'
) }}
