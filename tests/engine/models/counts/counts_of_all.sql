-- What the populations come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[ref('events'), ref('positions'), ref('people')],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
