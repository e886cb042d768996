-- What the populations of the front door come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('contacts_received'),
        ref('referrals_received'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
