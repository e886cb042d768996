-- What the populations of strategy discussions and section 47 enquiries come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('strategy_discussions_held'),
        ref('s47_enquiries_started'),
        ref('open_s47_enquiries'),
        ref('s47_enquiries_ended'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
