-- What the populations of child protection come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('children_on_cp_plans'),
        ref('children_on_cp_plans_reviewed'),
        ref('children_on_cp_plans_visited'),
        ref('cp_plans_started'),
        ref('cp_plans_ended'),
        ref('initial_conferences_held'),
        ref('review_conferences_held'),
        ref('conferences_outstanding'),
        ref('conference_participants'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
