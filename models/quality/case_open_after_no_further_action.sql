-- Cases open for nothing else whose latest assessment, by the last period end, said no further action (51):
-- one row per referral.
with latest_assessments as (
    select
        referrals.referral_id,
        assessments.needs_no_social_care
    from {{ ref('stg_referrals__referrals') }} as referrals
    inner join {{ ref('assessments') }} as assessments
        on referrals.person_id = assessments.person_id and referrals.referred_on <= assessments.authorised_on
    inner join {{ ref('month_ends') }} as month_ends
        on month_ends.is_last and assessments.authorised_on <= month_ends.period_end
    qualify row_number() over (
        partition by referrals.referral_id
        order by assessments.authorised_on desc, assessments.assessment_id_rank desc
    ) = 1
)

select
    {{ finding('case_open_after_no_further_action', 'ssd_cin_episodes', 'cine_close_date', of='referrals') }}

from {{ ref('stg_referrals__referrals') }} as referrals
inner join latest_assessments on referrals.referral_id = latest_assessments.referral_id
cross join {{ ref('stg_landing__run') }} as run
inner join {{ ref('case_status_timeline') }} as statuses
    on referrals.person_id = statuses.person_id
    and run.as_at >= statuses.from_on
    and run.as_at < statuses.until_on
where
    referrals.closed_on is null
    and latest_assessments.needs_no_social_care
    and statuses.case_status = 'other_open'
