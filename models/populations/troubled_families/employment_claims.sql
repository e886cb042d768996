-- Claims for sustained employment, counted in every period that holds the day of submission: one row per period type, period
-- end and claim. A family has one result: a claim after an accepted one of either kind does not count.
with claims as (
    select
        *,
        row_number() over (
            partition by family_id
            order by case when status = 'ACCEPTED' then 0 else 1 end, submitted_on, claim_id_rank
        ) as place
    from {{ ref('stg_troubled_families__claims') }}
    where submitted_on is not null
)

select
    periods.period_type,
    periods.period_end,
    claims.claim_id as case_id,
    cast(null as string) as person_id,
    {{ breakdowns(has=[]) }},

    -- evidence
    claims.achieved_on as started_on,
    claims.submitted_on as done_on,
    claims.audit_passed_on as previous_on,
    case when claims.family_id is null then 'unknown: family' end as because,

    -- measures
    case
        when claims.family_id is not null
            then coalesce(claims.status = 'ACCEPTED', false)
                and claims.place = 1
                and coalesce(claims.audit_passed_on <= claims.submitted_on, false)
    end as was_successful,
    case when claims.family_id is not null then coalesce(claims.status = 'SUBMITTED', false) end as is_pending,
    case when claims.family_id is not null then coalesce(claims.status = 'REJECTED', false) end as was_rejected

from claims
inner join {{ ref('periods') }} as periods
    on claims.submitted_on >= periods.period_start and claims.submitted_on <= periods.period_end
where claims.claim_type = 'CONTINUOUS_EMPLOYMENT'
