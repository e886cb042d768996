-- What the populations of early help come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('parenting_interventions_ended'),
        ref('people_stepped_down'),
        ref('people_assessed_at_front_door'),
        ref('people_starting_targeted_support'),
        ref('people_stepped_up'),
        ref('open_early_help_assessments'),
        ref('early_help_assessments_completed'),
        ref('early_help_plans_not_agreed'),
        ref('children_in_targeted_support'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
