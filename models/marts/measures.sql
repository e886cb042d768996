-- The register of measures, everything their definitions say, and what is agreed of it: one row per measure and statistic.
with measures_with_target as (
    select distinct measure_number
    from {{ ref('stg_agreement__targets') }}
)

select
    definitions.measure_number,
    definitions.measure_id,
    definitions.statistic,
    definitions.statistic_order,
    definitions.is_headline,
    definitions.unit,
    definitions.decimals,
    definitions.clock,
    definitions.meaning,
    definitions.title,
    definitions.short_title,
    definitions.remark,
    definitions.outcome,
    definitions.mart,
    definitions.objectives,
    definitions.side,
    definitions.long_list_existing,
    definitions.long_list_target,
    definitions.long_list_direction_of_travel,
    definitions.work_area,
    definitions.work_area_title,
    definitions.search_words,
    definitions.why_it_matters,
    definitions.kind,
    definitions.time_window,
    definitions.measure_unit,
    definitions.counts_what,
    definitions.denominator,
    definitions.numerator,
    definitions.exclusions,
    definitions.date_basis,
    definitions.good,
    definitions.breakdowns,
    in_force.parameters,
    in_force.parameters_basis,
    definitions.definition_status,
    definitions.assumptions,
    definitions.statutory_source,
    definitions.england_benchmark_value,
    definitions.england_benchmark_unit,
    definitions.england_benchmark_year,
    definitions.england_benchmark_source,
    definitions.england_benchmark_confidence,
    definitions.england_benchmark_comparability,
    definitions.england_benchmark_worcestershire,
    definitions.england_benchmark_note,
    definitions.local_published_value,
    definitions.local_published_year,
    definitions.local_published_source,
    definitions.england_benchmark_number,
    definitions.local_published_number,
    definitions.published_unit,
    definitions.target_assumed,
    definitions.target_assumed_basis,
    case
        when with_target.measure_number is not null then null
        when definitions.long_list_target in ('N', 'n/a') then 'The long list gives it no target.'
        when definitions.target_assumed is not null
            then 'Nobody has set a number yet; the target assumed is in words: ' || definitions.target_assumed
        else 'Nobody has set a number yet, nor is a target assumed.'
    end as why_no_target,
    definitions.edge_cases,
    definitions.notes,
    definitions.reading,
    coalesce(agreed.owner, definitions.owner) as owner,
    coalesce(cast(agreed.next_review as string), definitions.next_review) as next_review,
    definitions.needs,
    definitions.refines,
    definitions.cases_extract,
    definitions.cases_population,
    definitions.look_back_kind,
    in_force.look_back_months,
    definitions.last_period_only,
    definitions.not_computable_reason,
    definitions.definition_file,
    in_force.definition_version,
    agreed.definition_version as version_agreed,
    agreed.council_agreed_on,
    agreed.organisation_agreed_on,
    case
        when agreed.basis is null or agreed.basis = 'assumed' then 'assumed'
        when agreed.definition_version <> in_force.definition_version then 'changed since ' || agreed.basis
        else agreed.basis
    end as agreed_state

from {{ ref('stg_landing__measures_register') }} as definitions
inner join {{ ref('statistics_in_force') }} as in_force
    on definitions.measure_number = in_force.measure_number and definitions.statistic = in_force.statistic
left join {{ ref('stg_agreement__definitions') }} as agreed on definitions.measure_number = agreed.measure_number
left join measures_with_target as with_target on definitions.measure_number = with_target.measure_number
