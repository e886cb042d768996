-- What to read first: one row per headline, period type, period end and service area (all among them).
{{ scorecard(
    numbers=[
        ref('safe_from_harm'),
        ref('full_potential'),
        ref('positive_contribution'),
        ref('healthy_lives'),
    ],
    register=ref('measures'),
    signals=ref('signals'),
    targets=ref('stg_agreement__targets'),
    comparators=ref('comparators'),
    needs=ref('stg_landing__measure_needs'),
    findings=ref('stg_landing__data_quality')
) }}
