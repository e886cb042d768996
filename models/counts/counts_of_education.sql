-- What the populations of education come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
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
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
