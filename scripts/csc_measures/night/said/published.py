"""
What was said: every value ever published of all, a service area or a team, from which run to which.

`marts.published` travels from generation to generation. A cell (statistic, period and part) has a row for
each thing that was said of it: the next run adds rows where it says something else, and ends those that it
does not say any more. A night that fails adds nothing, since its generation is never served.

What run X said is `from_run_id <= X and (to_run_id is null or to_run_id > X)`.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from csc_measures.night.editions import NUMBERS, OUTCOMES

MART = "published"
CELL = ("measure_number", "statistic", "period_type", "period_end", "breakdown", "breakdown_value")
SAID = ("numerator", "denominator", "value", "value_status", "definition_version")
BREAKDOWNS = ("all", "service_area", "team")
LAST = "last"
"""The catalog of the numbers of the generation that was published last, while the next is written."""


def write_published(connection: duckdb.DuckDBPyConnection, run_id: str, as_at: object) -> None:
    """
    Write `marts.published` of a new generation, whose measure tables and register are written already.

    It goes on from the generation attached as `last`: from its own `published`, from its measure tables where
    an older version of this project wrote it, or from nothing. Leaves the temporary table `changed`: one row
    for each cell of which something else is said than before, with `then_` and `now_` before each column of
    `SAID`, `was_said` and `is_said`.
    """
    connection.execute(f"create temp table said as {said_by(NUMBERS.catalog)}")
    connection.execute(f"create temp view before as {_said_before(connection)}")
    connection.execute(
        f"""
        create temp table changed as
        select
            {", ".join(CELL)},
            {", ".join(f"stood.{name} as then_{name}, said.{name} as now_{name}" for name in SAID)},
            stood.is_there is not null as was_said,
            said.is_there is not null as is_said
        from (select *, true as is_there from before where to_run_id is null) as stood
        full join (select *, true as is_there from said) as said using ({", ".join(CELL)})
        where {" or ".join(f"then_{name} is distinct from now_{name}" for name in SAID)}
            or was_said <> is_said
        """
    )
    connection.execute(
        f"""
        create table {NUMBERS.table(MART)} as
        from before where to_run_id is not null
        union all by name
        select
            {", ".join(f"before.{name}" for name in (*CELL, *SAID))},
            before.from_run_id,
            before.from_as_at,
            case when changed.was_said then $run_id end as to_run_id,
            case when changed.was_said then cast($as_at as date) end as to_as_at,
            case
                when changed.is_said then 'said otherwise'
                when changed.was_said and (period_type, period_end) in (
                    select (period_type, period_end) from said
                ) then 'no longer seen'
                when changed.was_said then 'window moved on'
            end as ended_because
        from before
        left join changed using ({", ".join(CELL)})
        where before.to_run_id is null
        union all by name
        select
            {", ".join(CELL)},
            {", ".join(f"now_{name} as {name}" for name in SAID)},
            $run_id as from_run_id,
            cast($as_at as date) as from_as_at
        from changed
        where is_said
        order by {", ".join(CELL)}, from_run_id
        """,
        {"run_id": run_id, "as_at": as_at},
    )


def said_by(catalog: str) -> str:
    """Return SQL for what the measure tables of a catalog say of the parts that are kept, a row per cell."""
    cells = ", ".join(f"numbers.{name}" for name in CELL)
    columns = ", ".join((*CELL, *SAID[:-1]))
    numbers = " union all ".join(
        f"select {columns} from {catalog}.marts.{outcome} where breakdown in {BREAKDOWNS}"
        for outcome in OUTCOMES
    )
    return f"""
        select
            {cells},
            {", ".join(f"numbers.{name}" for name in SAID[:-1])},
            register.definition_version
        from ({numbers}) as numbers
        join {catalog}.marts.measures as register using (measure_number, statistic)
    """


def _said_before(connection: duckdb.DuckDBPyConnection) -> str:
    """Return SQL for what had been said when the last generation was published, if there is one."""
    ended = "cast(null as varchar) as to_run_id, cast(null as date) as to_as_at"
    ended += ", cast(null as varchar) as ended_because"
    if has_columns(connection, LAST, MART, (*CELL, *SAID, "to_run_id")):
        return f"from {LAST}.marts.{MART}"
    tables = dict.fromkeys(OUTCOMES, (*CELL, *SAID[:-1])) | {"measures": ("definition_version",)}
    if all(has_columns(connection, LAST, table, names) for table, names in tables.items()):
        return f"""
            select said.*, run.run_id as from_run_id, run.as_at as from_as_at, {ended}
            from ({said_by(LAST)}) as said
            cross join (from {LAST}.marts.runs order by run_id desc limit 1) as run
        """
    nothing = "cast(null as varchar) as from_run_id, cast(null as date) as from_as_at"
    return f"select *, {nothing}, {ended} from said where false"


def has_columns(
    connection: duckdb.DuckDBPyConnection, catalog: str, table: str, names: Sequence[str]
) -> bool:
    """Say whether a table of the marts of a catalog is there, with columns of these names."""
    try:
        connection.execute(f"select {', '.join(names)} from {catalog}.marts.{table} limit 0")
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return True
