-- What the populations of children in need come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('children_on_cin_plans'),
        ref('children_without_cin_plan'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
