-- Every reference between extracts either leads somewhere or was flagged at the door: as many broken ones are staged as
-- `data_quality` lists. Asked only where both extracts were loaded. Returns the references for which that fails.
{% set references = [
    (ref('stg_people__addresses'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_address', 'addr_person_id'),
    (ref('stg_assessments__assessment_factors'), 'assessment_id', ref('stg_assessments__assessments'), 'assessment_id', 'ssd_assessment_factors', 'cinf_assessment_id'),
    (ref('stg_care_leavers__care_leavers'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_care_leavers', 'clea_person_id'),
    (ref('stg_care_leavers__care_leavers'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'ssd_care_leavers', 'clea_care_leaver_allocated_team'),
    (ref('stg_care_leavers__care_leavers'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'ssd_care_leavers', 'clea_care_leaver_worker_id'),
    (ref('stg_assessments__assessments'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_cin_assessments', 'cina_person_id'),
    (ref('stg_assessments__assessments'), 'referral_id', ref('stg_referrals__referrals'), 'referral_id', 'ssd_cin_assessments', 'cina_referral_id'),
    (ref('stg_assessments__assessments'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'ssd_cin_assessments', 'cina_assessment_team'),
    (ref('stg_assessments__assessments'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'ssd_cin_assessments', 'cina_assessment_worker_id'),
    (ref('stg_referrals__referrals'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_cin_episodes', 'cine_person_id'),
    (ref('stg_referrals__referrals'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'ssd_cin_episodes', 'cine_referral_team'),
    (ref('stg_referrals__referrals'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'ssd_cin_episodes', 'cine_referral_worker_id'),
    (ref('stg_child_in_need__plans'), 'referral_id', ref('stg_referrals__referrals'), 'referral_id', 'ssd_cin_plans', 'cinp_referral_id'),
    (ref('stg_child_in_need__plans'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_cin_plans', 'cinp_person_id'),
    (ref('stg_child_in_need__plans'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'ssd_cin_plans', 'cinp_cin_plan_team'),
    (ref('stg_child_in_need__plans'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'ssd_cin_plans', 'cinp_cin_plan_worker_id'),
    (ref('stg_child_in_need__visits'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_cin_visits', 'cinv_person_id'),
    (ref('stg_looked_after__care_plans'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_cla_care_plan', 'lacp_person_id'),
    (ref('stg_looked_after__episodes'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_cla_episodes', 'clae_person_id'),
    (ref('stg_looked_after__episodes'), 'placement_id', ref('stg_looked_after__placements'), 'placement_id', 'ssd_cla_episodes', 'clae_cla_placement_id'),
    (ref('stg_health__health_checks'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_cla_health', 'clah_person_id'),
    (ref('stg_looked_after__visits'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_cla_visits', 'clav_person_id'),
    (ref('stg_referrals__contacts'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_contacts', 'cont_person_id'),
    (ref('stg_child_protection__plans'), 'icpc_id', ref('stg_child_protection__initial_conferences'), 'initial_conference_id', 'ssd_cp_plans', 'cppl_icpc_id'),
    (ref('stg_child_protection__plans'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_cp_plans', 'cppl_person_id'),
    (ref('stg_child_protection__reviews'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_cp_reviews', 'cppr_person_id'),
    (ref('stg_child_protection__reviews'), 'cp_plan_id', ref('stg_child_protection__plans'), 'cp_plan_id', 'ssd_cp_reviews', 'cppr_cp_plan_id'),
    (ref('stg_child_protection__visits'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_cp_visits', 'cppv_person_id'),
    (ref('stg_workforce__teams'), 'team_parent_id', ref('stg_workforce__teams'), 'team_id', 'ssd_department', 'dept_team_parent_id'),
    (ref('stg_people__disabilities'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_disability', 'disa_person_id'),
    (ref('stg_people__immigration_statuses'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_immigration_status', 'immi_person_id'),
    (ref('stg_child_protection__initial_conferences'), 's47_enquiry_id', ref('stg_s47__enquiries'), 's47_enquiry_id', 'ssd_initial_cp_conference', 'icpc_s47_enquiry_id'),
    (ref('stg_child_protection__initial_conferences'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_initial_cp_conference', 'icpc_person_id'),
    (ref('stg_child_protection__initial_conferences'), 'referral_id', ref('stg_referrals__referrals'), 'referral_id', 'ssd_initial_cp_conference', 'icpc_referral_id'),
    (ref('stg_child_protection__initial_conferences'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'ssd_initial_cp_conference', 'icpc_icpc_team'),
    (ref('stg_child_protection__initial_conferences'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'ssd_initial_cp_conference', 'icpc_icpc_worker_id'),
    (ref('stg_workforce__involvements'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'ssd_involvements', 'invo_professional_id'),
    (ref('stg_workforce__involvements'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'ssd_involvements', 'invo_professional_team'),
    (ref('stg_looked_after__legal_statuses'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_legal_status', 'lega_person_id'),
    (ref('stg_missing__episodes'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_missing', 'miss_person_id'),
    (ref('stg_adoption__permanence'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_permanence', 'perm_person_id'),
    (ref('stg_adoption__permanence'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'ssd_permanence', 'perm_adoption_worker_id'),
    (ref('stg_s47__enquiries'), 'referral_id', ref('stg_referrals__referrals'), 'referral_id', 'ssd_s47_enquiry', 's47e_referral_id'),
    (ref('stg_s47__enquiries'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_s47_enquiry', 's47e_person_id'),
    (ref('stg_s47__enquiries'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'ssd_s47_enquiry', 's47e_s47_completed_by_worker_id'),
    (ref('stg_s47__enquiries'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'ssd_s47_enquiry', 's47e_s47_completed_by_team'),
    (ref('stg_health__sdq_scores'), 'person_id', ref('stg_people__persons'), 'person_id', 'ssd_sdq_scores', 'csdq_person_id'),
    (ref('stg_s47__strategy_discussions'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_strategy_discussions', 'person_id'),
    (ref('stg_s47__strategy_discussions'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'local_strategy_discussions', 'team_id'),
    (ref('stg_s47__strategy_discussions'), 's47_enquiry_id', ref('stg_s47__enquiries'), 's47_enquiry_id', 'local_strategy_discussions', 's47_enquiry_id'),
    (ref('stg_s47__strategy_attendance'), 'strategy_discussion_id', ref('stg_s47__strategy_discussions'), 'strategy_discussion_id', 'local_strategy_attendance', 'strategy_discussion_id'),
    (ref('stg_visits__practice_visits'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_practice_visits', 'person_id'),
    (ref('stg_visits__practice_visits'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'local_practice_visits', 'worker_id'),
    (ref('stg_child_protection__participation'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_cp_participation', 'person_id'),
    (ref('stg_court__proceedings'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_court_proceedings', 'person_id'),
    (ref('stg_looked_after__permanence_decisions'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_permanence_decisions', 'person_id'),
    (ref('stg_looked_after__permanence_decisions'), 'placement_id', ref('stg_looked_after__placements'), 'placement_id', 'local_permanence_decisions', 'placement_id'),
    (ref('stg_looked_after__care_plan_statuses'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_care_plan_status', 'person_id'),
    (ref('stg_child_in_need__plan_statuses'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_cin_plan_status', 'person_id'),
    (ref('stg_people__relationships'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_relationships', 'person_id'),
    (ref('stg_people__responsible_authorities'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_responsible_authority', 'person_id'),
    (ref('stg_missing__return_interviews'), 'missing_episode_id', ref('stg_missing__episodes'), 'missing_episode_id', 'local_return_interviews', 'missing_episode_id'),
    (ref('stg_exploitation__risk_episodes'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_risk_episodes', 'person_id'),
    (ref('stg_quality__case_audits'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'local_case_audits', 'team_id'),
    (ref('stg_workforce__team_service_areas'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'local_team_service_areas', 'team_id'),
    (ref('stg_workforce__posts'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'local_posts', 'team_id'),
    (ref('stg_workforce__post_occupancies'), 'post_id', ref('stg_workforce__posts'), 'post_id', 'local_post_occupancy', 'post_id'),
    (ref('stg_workforce__post_occupancies'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'local_post_occupancy', 'worker_id'),
    (ref('stg_workforce__employments'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'local_employment', 'worker_id'),
    (ref('stg_workforce__employments'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'local_employment', 'team_id'),
    (ref('stg_workforce__absences'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'local_absences', 'worker_id'),
    (ref('stg_workforce__supervisions'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'local_supervision', 'worker_id'),
    (ref('stg_education__education_plans'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_education_plans', 'person_id'),
    (ref('stg_education__attainment'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_attainment', 'person_id'),
    (ref('stg_education__ehc_assessments'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_ehc_assessments', 'person_id'),
    (ref('stg_education__activity_spells'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_activity_spells', 'person_id'),
    (ref('stg_education__missing_education'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_missing_education', 'person_id'),
    (ref('stg_education__attendance'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_attendance', 'person_id'),
    (ref('stg_care_leavers__spells'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_care_leaver_spells', 'person_id'),
    (ref('stg_care_leavers__spells'), 'personal_adviser_id', ref('stg_workforce__professionals'), 'worker_id', 'local_care_leaver_spells', 'personal_adviser_id'),
    (ref('stg_care_leavers__birthdays'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_care_leaver_birthdays', 'person_id'),
    (ref('stg_care_leavers__contacts'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_care_leaver_contacts', 'person_id'),
    (ref('stg_care_leavers__pathway_plans'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_pathway_plans', 'person_id'),
    (ref('stg_care_leavers__pathway_plan_reviews'), 'pathway_plan_id', ref('stg_care_leavers__pathway_plans'), 'pathway_plan_id', 'local_pathway_plan_reviews', 'pathway_plan_id'),
    (ref('stg_early_help__support_episodes'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_support_episodes', 'person_id'),
    (ref('stg_early_help__support_assessments'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_support_assessments', 'person_id'),
    (ref('stg_early_help__support_plans'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_support_plans', 'person_id'),
    (ref('stg_early_help__support_allocations'), 'worker_id', ref('stg_workforce__professionals'), 'worker_id', 'local_support_allocations', 'worker_id'),
    (ref('stg_early_help__support_allocations'), 'team_id', ref('stg_workforce__teams'), 'team_id', 'local_support_allocations', 'team_id'),
    (ref('stg_early_help__outcome_scores'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_outcome_scores', 'person_id'),
    (ref('stg_early_help__parenting_interventions'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_parenting_interventions', 'person_id'),
    (ref('stg_participation__questionnaires'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_questionnaires', 'person_id'),
    (ref('stg_participation__activity_attendance'), 'activity_id', ref('stg_participation__activities'), 'activity_id', 'local_participation_attendance', 'activity_id'),
    (ref('stg_participation__activity_attendance'), 'person_id', ref('stg_people__persons'), 'person_id', 'local_participation_attendance', 'person_id'),
    (ref('stg_troubled_families__claims'), 'family_id', ref('stg_troubled_families__families'), 'family_id', 'local_programme_claims', 'family_id'),
] %}

with broken as (
    {% for model, column, parent, key, extract, extract_column in references
        if execute and not is_left_out(model_node(model.identifier)) and not is_left_out(model_node(parent.identifier)) -%}
    select
        '{{ extract }}' as extract,
        '{{ extract_column }}' as column_name,
        count(*) as n_rows
    from {{ model }} as children
    where
        children.{{ column }} is not null
        and exists (select 1 from {{ parent }})
        and children.{{ column }} not in (
            select parents.{{ key }}
            from {{ parent }} as parents
            where parents.{{ key }} is not null
        )
    {{ 'union all' if not loop.last }}
    {% else -%}
    select
        'none' as extract,
        'none' as column_name,
        0 as n_rows
    where false
    {% endfor -%}
),

flagged as (
    select
        extract,
        column_name,
        sum(n_findings) as n_rows
    from {{ ref('stg_landing__data_quality') }}
    where rule = 'broken_reference'
    group by extract, column_name
)

select
    broken.extract || '.' || broken.column_name || ': ' || broken.n_rows || ' references lead nowhere, but '
    || coalesce(flagged.n_rows, 0) || ' were flagged at the door' as what_is_wrong
from broken
left join flagged using (extract, column_name)
where broken.n_rows <> coalesce(flagged.n_rows, 0)
