-- What the populations of adoption come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('periods_of_care_ended_in_the_year'),
        ref('children_adopted'),
        ref('adoption_timeliness'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
