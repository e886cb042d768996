-- Make a positive contribution in their communities, the cases behind the numbers: one row per measure, statistic, period type, period end and case.
{{ evidence(
    measures=[[107, 112]],
    counts=[
        ref('counts_of_feedback'),
        ref('counts_of_participation'),
    ],
    register=ref('measures'),
    coverage=ref('statistic_coverage'),
    labels=ref('breakdown_labels')
) }}
