-- Make a positive contribution in their communities, the cases behind the numbers: one row per measure, statistic, period type, period end and case.
{{ evidence(
    measures=[[107, 112]],
    populations=[],
    register=ref('measures'),
    periods=ref('periods'),
    coverage=ref('statistic_coverage')
) }}
