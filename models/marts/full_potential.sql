-- Reach their full potential: one row per measure, statistic, period type, period end, breakdown and breakdown value.
{{ results(
    measures=[[74, 106]],
    counts=[
        ref('counts_of_education'),
        ref('counts_of_early_help'),
        ref('counts_of_adoption'),
        ref('counts_of_care_leavers'),
        ref('counts_of_workforce'),
    ],
    register=ref('measures'),
    periods=ref('periods'),
    coverage=ref('statistic_coverage'),
    residents=ref('residents'),
    labels=ref('breakdown_labels'),
    targets=ref('stg_agreement__targets'),
    signals=ref('signals')
) }}
