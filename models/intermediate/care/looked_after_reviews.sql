-- Reviews of looked after children that were held, with the period of care: one row per child and day, or per
-- review without a known child. Cancelled reviews are left out; of several on one day the first by time, then
-- id, stands.
with held as (
    select
        reviews.review_id,
        reviews.review_id_rank,
        coalesce(reviews.person_id, care.person_id) as person_id,
        reviews.held_at,
        reviews.held_on,
        reviews.participation_code
    from {{ ref('stg_looked_after__reviews') }} as reviews
    left join {{ ref('persons_of_care') }} as care using (cla_id)
    where reviews.held_on is not null and not coalesce(reviews.was_cancelled, false)
)

select
    held.review_id,
    held.person_id,
    periods.care_period_id,
    held.held_at,
    held.held_on,
    held.participation_code,
    case when child.born_on <= held.held_on then {{ age('child.born_on', 'held.held_on') }} end as age,
    case
        when held.person_id is null then 'unknown: child'
        when statuses.legal_status in ('V3', 'V4') then 'excluded: series of short breaks'
        when responsible.authority_code <> run.authority
            then 'excluded: the responsibility of another authority'
        when child.born_on is null and child.expected_on is null then 'unknown: date of birth'
    end as because,
    {{ child_breakdowns('child', 'held.held_on') }}

from held
cross join {{ ref('stg_landing__run') }} as run
-- the period current that day, else the one that ended that day
left join {{ ref('care_periods') }} as periods
    on held.person_id = periods.person_id
    and held.held_on >= periods.started_on
    and held.held_on <= coalesce(periods.ended_on, {{ forever() }})
left join {{ ref('child_timeline') }} as child
    on held.person_id = child.person_id and held.held_on >= child.from_on and held.held_on < child.until_on
left join {{ ref('legal_status_timeline') }} as statuses
    on held.person_id = statuses.person_id
    and held.held_on >= statuses.from_on
    and held.held_on < statuses.until_on
left join {{ ref('authority_timeline') }} as responsible
    on held.person_id = responsible.person_id
    and held.held_on >= responsible.from_on
    and held.held_on < responsible.until_on
qualify row_number() over (
    partition by coalesce(held.person_id, held.review_id), held.held_on
    order by held.held_at asc, held.review_id_rank asc, periods.started_on desc
) = 1
