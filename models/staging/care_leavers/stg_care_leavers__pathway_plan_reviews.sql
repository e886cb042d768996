-- Pathway plan reviews as extracted: one row per row of local_pathway_plan_reviews.
select
    pathway_plan_review_id,
    pathway_plan_review_id_rank,
    pathway_plan_id,
    review_date as reviewed_on,
    status

from {{ source('care_leavers', 'local_pathway_plan_reviews') }}
