-- Make a positive contribution in their communities, the cases behind the numbers: one row per measure, statistic, period type, period end and case.
{{ evidence(
    measures=[[107, 112]],
    populations=[
        ref('complaints_from_young_people'),
        ref('complaints_and_looked_after_children'),
        ref('compliments_from_young_people'),
        ref('questionnaires_completed'),
        ref('children_heard'),
        ref('looked_after_children_heard'),
        ref('policy_activities_held'),
        ref('young_people_in_policy'),
        ref('narrative_entries'),
    ],
    register=ref('measures'),
    periods=ref('periods'),
    coverage=ref('statistic_coverage')
) }}
