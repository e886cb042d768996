-- What the populations of workforce come to: one row per statistic, period type, period end, breakdown and breakdown value.
{{ counts(
    populations=[
        ref('children_without_worker'),
        ref('social_worker_caseloads'),
        ref('established_posts'),
        ref('agency_workers_in_posts'),
        ref('social_work_employments'),
        ref('frontline_staff'),
        ref('supervised_practitioners'),
        ref('specialist_caseloads'),
    ],
    periods=ref('periods'),
    labels=ref('breakdown_labels')
) }}
