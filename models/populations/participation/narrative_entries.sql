-- Entries of the narrative register, counted on the day of the change they tell of: one row per entry.
select
    register_id as case_id,
    cast(null as string) as person_id,
    evidence_on as counted_on,
    {{ breakdowns(has=['service_area']) }},

    -- evidence
    theme,
    submitted_on as started_on,
    signed_off_on as done_on,
    cast(null as string) as because,

    -- measures
    is_published,
    coalesce(sign_off_status in ('DRAFT', 'SUBMITTED', 'REJECTED'), false) as is_awaiting_sign_off,
    coalesce(sign_off_status = 'SIGNED_OFF' and evidence_link is null, false) as lacks_evidence_link,
    case
        when is_published and submitted_on <= signed_off_on
            then {{ days_between('submitted_on', 'signed_off_on') }}
    end as days_to_sign_off

from {{ ref('register_entries') }}
where evidence_on is not null
