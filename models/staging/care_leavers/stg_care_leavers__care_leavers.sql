-- Care leavers as extracted: one row per row of ssd_care_leavers.
select
    clea_table_id as care_leaver_id,
    clea_table_id_rank as care_leaver_id_rank,
    clea_person_id as person_id,
    clea_care_leaver_eligibility as eligibility,
    clea_care_leaver_in_touch as in_touch_code,
    cast(clea_care_leaver_latest_contact as date) as latest_contact_on,
    clea_care_leaver_accommodation as accommodation_code,
    clea_care_leaver_accom_suitable as accommodation_suitability,
    clea_care_leaver_activity as activity_code,
    cast(clea_pathway_plan_review_date as date) as pathway_plan_reviewed_on,
    clea_care_leaver_allocated_team as team_id,
    clea_care_leaver_worker_id as worker_id

from {{ source('care_leavers', 'ssd_care_leavers') }}
