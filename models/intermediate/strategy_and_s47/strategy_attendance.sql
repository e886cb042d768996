-- Which agencies took part in a strategy discussion (present, or with information that was considered):
-- one row per child's discussion with anybody recorded.
select
    strategy_discussion_id,
    count_if(agency = 'POLICE' and (attended or contributed)) > 0 as police_were_involved,
    count_if(agency = 'HEALTH' and (attended or contributed)) > 0 as health_was_involved,
    count_if(agency = 'SCHOOL' and (attended or contributed)) > 0 as school_was_involved

from {{ ref('stg_s47__strategy_attendance') }}
where strategy_discussion_id is not null
group by strategy_discussion_id
