-- Reach their full potential: one row per measure, statistic, period type, period end, breakdown and breakdown value.
{{ results(
    measures=[[74, 106]],
    populations=[
        ref('looked_after_education_plans'),
        ref('looked_after_pupils'),
        ref('ehc_plans_issued'),
        ref('ehc_requests_open'),
        ref('pupils_on_plans'),
        ref('looked_after_activity'),
        ref('children_missing_education'),
        ref('young_people_after_support'),
        ref('pupils_with_family_support'),
        ref('pupils_after_support'),
        ref('parenting_interventions_ended'),
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
