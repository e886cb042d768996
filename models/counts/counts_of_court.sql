-- What the populations of court come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('court_cases_concluded'),
        ref('court_applications_concluded'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
