-- Reach their full potential: one row per measure, statistic, period type, period end, breakdown and breakdown value.
{{ results(
    measures=[[74, 106]],
    populations=[
        ref('periods_of_care_ended_in_the_year'),
        ref('children_adopted'),
        ref('adoption_timeliness'),
        ref('care_leavers_at_birthday'),
        ref('care_leavers_now'),
        ref('specialist_caseloads'),
    ],
    register=ref('measures'),
    periods=ref('periods'),
    coverage=ref('statistic_coverage'),
    residents=ref('residents'),
    labels=ref('breakdown_labels')
) }}
