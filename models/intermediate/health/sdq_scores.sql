-- Strengths and difficulties questionnaires with a valid score: one row per questionnaire.
-- Valid is a whole number from 0 to 40 of a child of the ages that the questionnaire is for.
select
    questionnaires.sdq_id,
    questionnaires.sdq_id_rank,
    questionnaires.person_id,
    questionnaires.completed_on,
    questionnaires.score

from {{ ref('stg_health__sdq_scores') }} as questionnaires
inner join {{ ref('persons') }} as persons using (person_id)
where
    questionnaires.score between 0 and 40
    and {{ age('persons.born_on', 'questionnaires.completed_on') }}
    between {{ parameter('sdq_min_age') }} and {{ parameter('sdq_max_age') }}
