-- Children looked after at each month end who have a brother or sister also looked after: one row per child
-- and period end.
with siblings as (
    select
        period_end,
        person_id,
        bool_or(not is_same_placement) as is_apart_from_one,
        bool_or(is_same_placement is null) as is_any_unknown
    from {{ ref('looked_after_siblings_at_month_end') }}
    group by period_end, person_id
),

children as (
    select
        looked_after.*,
        siblings.is_apart_from_one,
        coalesce(
            looked_after.because,
            case
                when not coalesce(siblings.is_apart_from_one, false) and siblings.is_any_unknown
                    then 'unknown: placement of the child or a sibling'
            end
        ) as because_of_siblings
    from {{ ref('looked_after_at_month_end') }} as looked_after
    inner join siblings
        on looked_after.person_id = siblings.person_id and looked_after.period_end = siblings.period_end
)

select
    period_end,
    person_id as case_id,
    person_id,
    {{ breakdowns() }},

    -- evidence
    care_started_on as started_on,
    because_of_siblings as because,

    -- measures
    case when because_of_siblings is null then is_apart_from_one end as is_apart_from_a_sibling

from children
