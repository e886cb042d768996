-- Which agencies took part in a strategy discussion (present, or with information that was considered):
-- one row per child's discussion with anybody recorded.
select
    strategy_discussion_id,
    coalesce(bool_or(agency = 'POLICE' and (attended or contributed)), false) as police_were_involved,
    coalesce(bool_or(agency = 'HEALTH' and (attended or contributed)), false) as health_was_involved,
    coalesce(bool_or(agency = 'SCHOOL' and (attended or contributed)), false) as school_was_involved

from {{ ref('stg_s47__strategy_attendance') }}
where strategy_discussion_id is not null
group by strategy_discussion_id
