-- What the populations of the Troubled Families programme come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('families_worked_with'),
        ref('employment_claims'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
