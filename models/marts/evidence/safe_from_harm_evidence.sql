-- Are safe from harm, the cases behind the numbers: one row per measure, statistic, period type, period end and case.
{{ evidence(
    measures=[[1, 73], [201, 299]],
    counts=[
        ref('counts_of_front_door'),
        ref('counts_of_assessments'),
        ref('counts_of_strategy_and_s47'),
        ref('counts_of_looked_after'),
        ref('counts_of_missing'),
        ref('counts_of_exploitation'),
        ref('counts_of_child_protection'),
        ref('counts_of_court'),
        ref('counts_of_children_in_need'),
        ref('counts_of_case_status'),
        ref('counts_of_workforce'),
        ref('counts_of_quality'),
        ref('counts_of_feedback'),
    ],
    register=ref('measures'),
    coverage=ref('statistic_coverage'),
    labels=ref('breakdown_labels')
) }}
