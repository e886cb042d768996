-- What the populations of looked after children come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('looked_after_children'),
        ref('looked_after_stability'),
        ref('periods_of_care_started'),
        ref('children_starting_care_again'),
        ref('review_participation'),
        ref('children_reviewed'),
        ref('children_reviewed_in_time'),
        ref('reviews_held'),
        ref('reviews_in_placement'),
        ref('looked_after_reviews_due'),
        ref('looked_after_visits'),
        ref('looked_after_care_plans'),
        ref('periods_of_care_at_day_28'),
        ref('looked_after_permanence'),
        ref('looked_after_distance_from_home'),
        ref('looked_after_siblings'),
        ref('periods_of_care_ended'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
