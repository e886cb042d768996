-- Every computable statistic of a definition is fed exactly once, and every feed has a definition of its unit.
-- Returns the statistics for which that is not so.
with fed as (
    {% set feeds = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
            {%- for column in node.columns.values() -%}
                {%- for feed in (column.config.meta or column.meta).get('feeds', []) -%}
                    {%- do feeds.append(feed) -%}
                {%- endfor -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for feed in feeds -%}
    select {{ feed.measure }} as measure_number, '{{ feed.statistic }}' as statistic, '{{ feed.get("as", "pct") }}' as counted_as
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

counted as (
    select
        measure_number,
        statistic,
        min(counted_as) as counted_as,
        count(*) as n_feeds
    from fed
    group by measure_number, statistic
)

select
    coalesce(statistics.measure_number, counted.measure_number) as measure_number,
    coalesce(statistics.statistic, counted.statistic) as statistic,
    case
        when statistics.statistic is null then 'fed, but no definition has it'
        when counted.n_feeds > 1 then 'fed more than once'
        when counted.n_feeds is null then 'defined, but nothing feeds it'
        when statistics.not_computable_reason is not null then 'not computable, yet fed'
        else 'fed in another unit than its definition says'
    end as what_is_wrong
from {{ ref('measures') }} as statistics
full outer join counted
    on statistics.measure_number = counted.measure_number and statistics.statistic = counted.statistic
where
    statistics.statistic is null
    or coalesce(counted.n_feeds, 0) <> case when statistics.not_computable_reason is null then 1 else 0 end
    or counted.counted_as <> case when statistics.unit = 'days' then 'mean' else statistics.unit end
