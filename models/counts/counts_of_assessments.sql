-- What the populations of assessments come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('assessments_started'),
        ref('open_assessments'),
        ref('assessments_completed'),
        ref('assessment_outcomes'),
        ref('plans_after_assessments'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
