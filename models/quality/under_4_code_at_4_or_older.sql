-- Meetings at which a child of 4 or older took part as one under 4 (PN0; 28, 47): one row per code recorded.
with conferences as (
    select
        'INITIAL' as conference_type,
        initial_conference_id as conference_id,
        person_id
    from {{ ref('initial_conferences') }}
    where age >= 4
    union all
    select
        'REVIEW' as conference_type,
        review_id as conference_id,
        person_id
    from {{ ref('review_conferences') }}
    where age >= 4
)

select
    {{ finding('under_4_code_at_4_or_older', 'local_cp_participation', 'participation_code', of='participation') }}

from {{ ref('stg_child_protection__participation') }} as participation
inner join conferences using (conference_type, conference_id, person_id)
where participation.participation_code = 'PN0'

union all

select
    {{ finding('under_4_code_at_4_or_older', 'ssd_cp_reviews', 'cppr_cp_review_participation', of='recorded') }}

from {{ ref('stg_child_protection__reviews') }} as recorded
inner join {{ ref('review_conferences') }} as held on recorded.review_id = held.review_id
where recorded.participation_code = 'PN0' and held.age >= 4

union all

select
    {{ finding('under_4_code_at_4_or_older', 'ssd_cla_reviews', 'clar_cla_review_participation', of='recorded') }}

from {{ ref('stg_looked_after__reviews') }} as recorded
inner join {{ ref('looked_after_reviews') }} as held on recorded.review_id = held.review_id
where recorded.participation_code = 'PN0' and held.age >= 4
