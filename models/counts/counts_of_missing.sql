-- What the populations of children missing come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('missing_episodes_in_periods'),
        ref('children_going_missing'),
        ref('returns_from_missing'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
