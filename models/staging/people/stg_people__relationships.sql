-- Relationships as extracted: one row per row of local_relationships.
select
    relationship_id,
    relationship_id_rank,
    person_id,
    related_person_id,
    relationship

from {{ source('people', 'local_relationships') }}
