-- What the populations of care leavers come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('care_leavers_at_birthday'),
        ref('care_leavers_now'),
        ref('looked_after_pathway_plans'),
        ref('open_care_leavers'),
        ref('care_leavers_in_touch'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
