-- Live healthy, happy and fun-filled lives, the cases behind the numbers: one row per measure, statistic, period type, period end and case.
{{ evidence(
    measures=[[113, 120]],
    populations=[
        ref('looked_after_health'),
        ref('initial_health_assessments'),
        ref('looked_after_sdq'),
        ref('looked_after_sdq_progress'),
        ref('families_worked_with'),
        ref('employment_claims'),
    ],
    register=ref('measures'),
    periods=ref('periods'),
    coverage=ref('statistic_coverage')
) }}
