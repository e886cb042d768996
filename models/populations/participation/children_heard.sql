-- Children and young people who completed a questionnaire, each once in a period by the latest: one row per period type,
-- period end and person, or response without a person.
select
    periods.period_type,
    periods.period_end,
    {{ case_of('responses.person_id', 'responses.case_id') }} as case_id,
    responses.person_id,
    {{ breakdowns('responses') }},

    -- evidence
    responses.done_on,
    responses.because,

    -- measures
    case when responses.because is null then true end as was_heard

from {{ ref('questionnaires_completed') }} as responses
inner join {{ ref('periods') }} as periods
    on responses.counted_on >= periods.period_start and responses.counted_on <= periods.period_end
qualify row_number() over (
    partition by periods.period_type, periods.period_end, {{ case_of('responses.person_id', 'responses.case_id') }}
    order by responses.counted_on desc, responses.questionnaire_id_rank desc
) = 1
