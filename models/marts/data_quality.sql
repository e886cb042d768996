-- What was set aside or flagged, at the door or by a rule that takes facts, never the value: one row per finding, or for many.
with found as (
    select
        extract,
        file,
        line,
        column_name,
        rule,
        effect,
        n_findings
    from {{ ref('stg_landing__data_quality') }}
    union all
    {{ findings([
        ref('care_leaver_open_at_25'),
        ref('case_open_after_no_further_action'),
        ref('conference_before_strategy_discussion'),
        ref('cp_plan_open_after_18'),
        ref('decided_before_received'),
        ref('enquiry_without_strategy_discussion'),
        ref('episode_open_after_adoption'),
        ref('no_legal_status'),
        ref('open_after_death'),
        ref('placed_before_care'),
        ref('pupil_without_result'),
        ref('referral_on_open_case'),
        ref('review_due_date_moved'),
        ref('risk_without_level'),
        ref('team_not_mapped'),
        ref('unborn_long_past_expected_date'),
        ref('under_4_code_at_4_or_older'),
        ref('worker_without_post'),
    ]) }}
)

select
    found.extract,
    found.file,
    found.line,
    found.column_name,
    found.rule,
    found.effect,
    found.n_findings,
    rules.meaning

from found
left join {{ ref('stg_landing__rules') }} as rules using (rule)
where coalesce(rules.is_asked, true)
