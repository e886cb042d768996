-- Live healthy, happy and fun-filled lives, the cases behind the numbers: one row per measure, statistic, period type, period end and case.
{{ evidence(
    measures=[[113, 120]],
    counts=[
        ref('counts_of_health'),
        ref('counts_of_troubled_families'),
    ],
    register=ref('measures'),
    coverage=ref('statistic_coverage'),
    labels=ref('breakdown_labels')
) }}
