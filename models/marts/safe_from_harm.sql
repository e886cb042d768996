-- Are safe from harm: one row per measure, statistic, period type, period end, breakdown and breakdown value.
{{ results(
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
    periods=ref('periods'),
    coverage=ref('statistic_coverage'),
    residents=ref('residents'),
    labels=ref('breakdown_labels'),
    targets=ref('stg_agreement__targets'),
    signals=ref('signals')
) }}
