-- What the populations of quality assurance come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('audits_completed'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
