-- Spells as an unaccompanied asylum-seeking child: one row per immigration status row that says so.
select
    immigration_status_id,
    person_id,
    coalesce(started_on, {{ forever_ago() }}) as from_on,
    coalesce(ended_on, {{ forever() }}) as until_on

from {{ ref('stg_people__immigration_statuses') }}
where lower(immigration_status) like '%uasc%' or lower(immigration_status) like '%unaccompanied%'
