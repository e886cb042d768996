-- What the populations of participation come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('questionnaires_completed'),
        ref('children_heard'),
        ref('looked_after_children_heard'),
        ref('policy_activities_held'),
        ref('young_people_in_policy'),
        ref('narrative_entries'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
