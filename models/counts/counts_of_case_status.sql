-- What the populations of case status come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('open_cases'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
