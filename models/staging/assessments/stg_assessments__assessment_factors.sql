-- Assessment factors as extracted: one row per row of ssd_assessment_factors.
select
    cinf_table_id as assessment_factors_id,
    cinf_table_id_rank as assessment_factors_id_rank,
    cinf_assessment_id as assessment_id,
    cinf_assessment_factors_json as factors

from {{ source('assessments', 'ssd_assessment_factors') }}
