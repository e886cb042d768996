-- Published figures that a number can be set beside: one row per measure, statistic, area and year.
-- The statistical neighbours are those of the Department for Education's latest model, in every year.
with council as (
    select areas.*
    from {{ ref('stg_landing__run') }} as run
    inner join {{ ref('areas') }} as areas on run.authority = areas.area_code
),

figures as (
    select
        figures.measure_number,
        figures.statistic,
        figures.year_ending,
        areas.area_type,
        areas.area_name,
        figures.value,
        figures.symbol,
        cast(case when figures.value is not null then 1 else 0 end as integer) as n_authorities
    from {{ ref('published_figures') }} as figures
    inner join {{ ref('areas') }} as areas on figures.area_code = areas.area_code
    inner join council
        on areas.area_type = 'country'
        or figures.area_code in (council.region_code, council.area_code)
),

neighbours as (
    select
        figures.measure_number,
        figures.statistic,
        figures.year_ending,
        cast(count(figures.value) as integer) as n_authorities,
        percentile_cont(0.25) within group (order by figures.value) as q1,
        percentile_cont(0.5) within group (order by figures.value) as q2,
        percentile_cont(0.75) within group (order by figures.value) as q3
    from council
    inner join {{ ref('statistical_neighbours') }} as neighbours on council.area_code = neighbours.authority_code
    inner join {{ ref('published_figures') }} as figures on neighbours.neighbour_code = figures.area_code
    group by figures.measure_number, figures.statistic, figures.year_ending
),

compared as (
    select * from figures
    {%- for column, which in [('q1', 'lower quartile'), ('q2', 'median'), ('q3', 'upper quartile')] %}
    union all
    select
        measure_number,
        statistic,
        year_ending,
        'neighbours {{ which }}' as area_type,
        'Statistical neighbours, {{ which }}' as area_name,
        {{ column }} as value,
        cast(null as string) as symbol,
        n_authorities
    from neighbours
    {%- endfor %}
)

select
    register.measure_number,
    register.measure_id,
    register.statistic,
    register.unit,
    case compared.area_type
        when 'country' then 'England'
        when 'authority' then 'council'
        else compared.area_type
    end as area,
    compared.area_name,
    compared.year_ending,
    'year ending ' || series.year_ends || ' ' || compared.year_ending as year_label,
    make_date(
        compared.year_ending,
        case series.year_ends when '31 March' then 3 else 9 end,
        case series.year_ends when '31 March' then 31 else 30 end
    ) as year_ends_on,
    compared.value,
    compared.symbol,
    compared.n_authorities,
    series.comparability,
    series.note

from compared
inner join {{ ref('published_series') }} as series
    on compared.measure_number = series.measure_number and compared.statistic = series.statistic
inner join {{ ref('measures') }} as register
    on compared.measure_number = register.measure_number and compared.statistic = register.statistic
