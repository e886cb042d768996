-- What each month comes to for the whole, each service area and each team: one row per measure, statistic, month, breakdown and value.
-- Read by the signals, which tell what the measure tables then say of its direction.
{{ told(
    measures=[[1, 299]],
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
        ref('counts_of_education'),
        ref('counts_of_early_help'),
        ref('counts_of_adoption'),
        ref('counts_of_care_leavers'),
        ref('counts_of_participation'),
        ref('counts_of_health'),
        ref('counts_of_troubled_families'),
    ],
    register=ref('measures'),
    periods=ref('periods'),
    coverage=ref('statistic_coverage'),
    residents=ref('residents'),
    labels=ref('breakdown_labels'),
    period_types=['month'],
    breakdowns=['all', 'service_area', 'team']
) }}
