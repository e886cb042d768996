-- The cases behind the numbers: one row per measure, statistic, period type, period end and case.
{{ evidence(
    measures=[[1, 9]],
    counts=[ref('counts_of_all')],
    register=ref('measures'),
    coverage=ref('statistic_coverage'),
    labels=ref('breakdown_labels')
) }}
