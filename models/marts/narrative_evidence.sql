-- The five latest signed-off entries of each narrative measure at each period end: one row per measure, period end and entry.
with themes as (
    select
        'INVOLVEMENT' as theme,
        108 as measure_number
    union all
    select
        'FEEDBACK' as theme,
        111 as measure_number
),

shown as (
    select
        themes.measure_number,
        month_ends.period_end,
        entries.*,
        row_number() over (
            partition by themes.measure_number, month_ends.period_end
            order by entries.evidence_on desc, entries.signed_off_on desc, entries.register_id
        ) as place,
        {{ is_withheld('entries.title') }}
        or {{ is_withheld('entries.summary') }}
        or {{ is_withheld('entries.what_changed') }} as is_withheld
    from {{ ref('register_entries') }} as entries
    inner join themes on entries.theme = themes.theme
    inner join {{ ref('month_ends') }} as month_ends on entries.evidence_on <= month_ends.period_end
    where entries.is_published
)

select
    shown.measure_number,
    measures.measure_id,
    shown.period_end,
    cast(shown.place as integer) as place,
    shown.register_id,
    shown.version,
    case when not shown.is_withheld then shown.title end as title,
    case when not shown.is_withheld then shown.summary end as summary,
    case when not shown.is_withheld then shown.what_changed end as what_changed,
    shown.is_withheld,
    coalesce(areas.breakdown_value, 'not recorded') as service_area,
    shown.evidence_on,
    case when not {{ is_withheld('shown.evidence_link') }} then shown.evidence_link end as evidence_link,
    case when not {{ is_withheld('shown.owner_role') }} then shown.owner_role end as owner_role,
    shown.signed_off_on

from shown
inner join {{ ref('measures') }} as measures
    on shown.measure_number = measures.measure_number and measures.is_headline
inner join {{ ref('statistic_coverage') }} as coverage
    on measures.measure_number = coverage.measure_number
    and measures.statistic = coverage.statistic
    and shown.period_end = coverage.period_end
    and coverage.period_type = 'month'
    and coverage.is_loaded
left join {{ ref('breakdown_labels') }} as areas
    on areas.breakdown = 'service_area' and shown.service_area = areas.breakdown_value
where shown.place <= {{ parameter('narrative_latest_n') }}
