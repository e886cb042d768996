-- Make a positive contribution in their communities: one row per measure, statistic, period type, period end, breakdown and breakdown value.
{{ results(
    measures=[[107, 112]],
    counts=[
        ref('counts_of_feedback'),
        ref('counts_of_participation'),
    ],
    register=ref('measures'),
    periods=ref('periods'),
    coverage=ref('statistic_coverage'),
    residents=ref('residents'),
    labels=ref('breakdown_labels'),
    targets=ref('stg_agreement__targets'),
    signals=ref('signals')
) }}
