-- Are safe from harm, the cases behind the numbers: one row per measure, statistic, period type, period end and case.
{{ evidence(
    measures=[[1, 73], [201, 299]],
    populations=[
        ref('looked_after_children'),
        ref('looked_after_stability'),
        ref('periods_of_care_started'),
        ref('children_starting_care_again'),
        ref('review_participation'),
        ref('children_reviewed'),
        ref('looked_after_missing_episodes'),
        ref('looked_after_children_missing'),
    ],
    register=ref('measures'),
    periods=ref('periods'),
    coverage=ref('statistic_coverage')
) }}
