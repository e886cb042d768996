-- The register of measures: one row per measure and statistic.
select * from {{ ref('stg_landing__measures_register') }}
