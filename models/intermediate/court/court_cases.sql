-- Cases with an application for a care or supervision order (30), from the first issue to the last
-- conclusion: one row per court case. The team is that of the child whose application concluded last, then the
-- greater id.
with last_concluded as (
    select
        court_case_id,
        person_id
    from {{ ref('court_applications') }}
    where is_care_or_supervision
    qualify row_number() over (
        partition by court_case_id
        order by concluded_on desc nulls last, proceedings_child_id_rank desc
    ) = 1
),

cases as (
    select
        court_case_id,
        bool_and(is_case_known) as is_case_known,
        bool_or(was_case_transferred) as was_transferred,
        min(issued_on) as issued_on,
        case when count(*) = count(concluded_on) then max(concluded_on) end as concluded_on
    from {{ ref('court_applications') }}
    where is_care_or_supervision
    group by court_case_id
)

select
    cases.court_case_id,
    cases.issued_on,
    cases.concluded_on,
    case
        when not cases.is_case_known then 'unknown: case number'
        when cases.was_transferred then 'excluded: transferred to another authority'
        when cases.issued_on is null then 'unknown: issue date'
        when cases.concluded_on < cases.issued_on then 'unknown: concluded before it was issued'
    end as because,
    coalesce(child.service_area, 'not recorded') as service_area,
    coalesce(child.team, 'not recorded') as team

from cases
inner join last_concluded using (court_case_id)
left join {{ ref('child_timeline') }} as child
    on last_concluded.person_id = child.person_id
    and cases.concluded_on >= child.from_on
    and cases.concluded_on < child.until_on
