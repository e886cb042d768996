-- Review conferences recorded as due on another day than the one they are due on by the rule (25): one row per review.
select
    {{ finding('review_due_date_moved', 'ssd_cp_reviews', 'cppr_cp_review_due', of='recorded') }}

from {{ ref('stg_child_protection__reviews') }} as recorded
inner join {{ ref('review_obligations') }} as obligations on recorded.review_id = obligations.review_id
where recorded.due_on <> obligations.due_on
