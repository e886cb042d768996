-- What the populations of feedback come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('complaints_received'),
        ref('complaints_answered'),
        ref('complaints_awaiting_answer'),
        ref('complaints_completed'),
        ref('compliments_received'),
        ref('complaints_from_young_people'),
        ref('complaints_and_looked_after_children'),
        ref('compliments_from_young_people'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
