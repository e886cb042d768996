-- What the populations of health come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('looked_after_health'),
        ref('initial_health_assessments'),
        ref('looked_after_sdq'),
        ref('looked_after_sdq_progress'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
