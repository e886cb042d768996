{#
Evidence adds up to its number: for every statistic and period that has evidence rows of that period type, the cases in the
numerator and the denominator, or their amounts, give the published parts, and every case stands there once. Returns where
that does not hold. Rates have their residents in the denominator, and medians no numerator; neither can be added up.
#}
{% test evidence_adds_up(model, evidence) %}
with told as (
    select * from {{ model }}
    where breakdown = 'all' and value_status not in ('not_loaded', 'not_computable')
),

added as (
    select
        measure_number,
        statistic,
        period_type,
        period_end,
        count_if(in_numerator) as cases_in_numerator,
        count_if(in_denominator) as cases_in_denominator,
        sum(cast(amount as decimal(28, 10))) as amounts,
        sum(cast(amount_out_of as decimal(28, 10))) as amounts_out_of,
        max(amount) as greatest,
        count(*) filter (where exclusion_reason like 'unknown:%') as n_unknown,
        count(*) filter (where exclusion_reason like 'excluded:%') as n_excluded,
        count(missing_evidence) as n_missing_evidence,
        count(*) as n_rows,
        count(distinct case_id) as n_cases,
        count(amount) as n_amounts,
        count(amount_out_of) as n_out_of
    from {{ evidence }}
    group by measure_number, statistic, period_type, period_end
),

period_types as (
    select distinct
        measure_number,
        statistic,
        period_type
    from added
)

select
    told.measure_number,
    told.statistic,
    told.period_type,
    told.period_end
from told
left join added using (measure_number, statistic, period_type, period_end)
where
    (
        told.period_type = 'month'
        or (told.measure_number, told.statistic, told.period_type)
        in (select (measure_number, statistic, period_type) from period_types)
    )
    and (
        abs(
            coalesce(told.numerator, 0)
            - case
                when told.unit = 'median' or told.numerator is null then 0
                when told.unit = 'max' then coalesce(added.greatest, 0)
                when coalesce(added.n_amounts, 0) > 0 then added.amounts
                else coalesce(added.cases_in_numerator, 0)
            end
        ) > 1e-6
        or (
            told.unit <> 'rate_per_10k'
            and told.denominator is not null
            and abs(
                told.denominator
                - case
                    when coalesce(added.n_out_of, 0) > 0 then added.amounts_out_of
                    else coalesce(added.cases_in_denominator, 0)
                end
            ) > 1e-6
        )
        or told.n_unknown <> coalesce(added.n_unknown, 0)
        or told.n_excluded <> coalesce(added.n_excluded, 0)
        or told.n_missing_evidence <> coalesce(added.n_missing_evidence, 0)
        or added.n_rows <> added.n_cases
    )
{% endtest %}
