-- Live healthy, happy and fun-filled lives: one row per measure, statistic, period type, period end, breakdown and breakdown value.
{{ results(
    measures=[[113, 120]],
    counts=[
        ref('counts_of_health'),
        ref('counts_of_troubled_families'),
    ],
    register=ref('measures'),
    periods=ref('periods'),
    coverage=ref('statistic_coverage'),
    residents=ref('residents'),
    labels=ref('breakdown_labels'),
    targets=ref('stg_agreement__targets'),
    signals=ref('signals')
) }}
