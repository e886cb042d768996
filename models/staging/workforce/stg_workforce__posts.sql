-- Posts as extracted: one row per post.
select
    post_id,
    post_id_rank,
    team_id,
    role,
    established as is_established,
    fte,
    start_date as started_on,
    end_date as ended_on

from {{ source('workforce', 'local_posts') }}
