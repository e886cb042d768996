-- Reach their full potential, the cases behind the numbers: one row per measure, statistic, period type, period end and case.
{{ evidence(
    measures=[[74, 106]],
    counts=[
        ref('counts_of_education'),
        ref('counts_of_early_help'),
        ref('counts_of_adoption'),
        ref('counts_of_care_leavers'),
        ref('counts_of_workforce'),
    ],
    register=ref('measures'),
    coverage=ref('statistic_coverage'),
    labels=ref('breakdown_labels')
) }}
