-- The definitions as both parties wrote them: one row per measure and statistic.
select * from {{ source('landing', 'measures_register') }}
