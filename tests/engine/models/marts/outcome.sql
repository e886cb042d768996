-- The measure table: one row per measure, statistic, period type, period end, breakdown and breakdown value.
{{ results(
    measures=[[1, 9]],
    counts=[ref('counts_of_all')],
    register=ref('measures'),
    periods=ref('periods'),
    coverage=ref('statistic_coverage'),
    residents=ref('residents'),
    labels=ref('breakdown_labels'),
    targets=ref('targets'),
    signals=ref('signals')
) }}
