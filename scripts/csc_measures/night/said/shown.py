"""Show what a run said of a measure, be it the last one or one of long ago, from what was published since."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from csc_measures import words
from csc_measures.night import editions, generations
from csc_measures.night.said.published import BREAKDOWNS, MART, has_columns
from csc_measures.stop import ExitCode, Stop

MONTHS_SHOWN = 3
CATALOG = Path(editions.DATABASE).stem


def show_measure(warehouse: Path, number: int, asked: str | None, breakdown: str, console: Console) -> None:
    """
    Show each statistic of a measure as a run published it, and beside it what is said now where that differs.

    `asked` is the id of a run, or an as-at date: the last run up to it; without it, the last run of all.
    Raises Stop (60) when nothing is published, there is no such run, measure or breakdown, or what the run
    said was not kept by the version of this project that published it.
    """
    warehouse = warehouse.absolute()
    last = generations.published_last(warehouse, generations.published_runs(warehouse))
    if last is None:
        raise generations.nothing_published(warehouse)
    if breakdown not in BREAKDOWNS:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"What was said before is not kept by {breakdown}.",
            [],
            f"Type --by with one of: {', '.join(BREAKDOWNS)}",
        )
    with duckdb.connect(last / editions.DATABASE, read_only=True) as connection:
        if not has_columns(connection, CATALOG, MART, ("from_run_id",)):
            raise generations.of_another_version(warehouse)
        words.teach(connection)
        run_id, as_at = _run_asked(connection, asked)
        rows = _rows(connection, number, run_id, breakdown)
        titles = connection.execute(
            "select distinct title from marts.measures where measure_number = ?", [number]
        ).fetchall()
    if not rows:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"Run {run_id} said nothing of measure {number} by {breakdown}.",
            [],
            "The numbers of the measures stand in marts.measures.",
        )
    for (title,) in titles:
        console.print(f"{number}  {title}", style="bold")
    console.print(f"As published by run {run_id}, as at {as_at}")
    console.print(_table(rows))


def _run_asked(connection: duckdb.DuckDBPyConnection, asked: str | None) -> tuple[str, date]:
    """Return id and as-at date of the run that is asked for; stop with 60 when none is kept."""
    runs = connection.execute(
        "select run_id, as_at from marts.runs "
        f"where run_id >= (select min(from_run_id) from marts.{MART}) order by run_id"
    ).fetchall()
    day = None
    with suppress(ValueError):
        day = date.fromisoformat(asked) if asked else runs[-1][1]
    of_asked = [
        (run_id, as_at) for run_id, as_at in runs if run_id == asked or (day is not None and as_at <= day)
    ]
    if not of_asked:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"No run that is known said anything as at {asked}.",
            [f"{run_id}, as at {as_at}" for run_id, as_at in runs],
            "Type one of these runs, or a date (YYYY-MM-DD) not before the first.",
        )
    return of_asked[-1] if asked else runs[-1]


def _rows(connection: duckdb.DuckDBPyConnection, number: int, run_id: str, breakdown: str) -> list[tuple]:
    """Return what a run said: the last months, and the last of each longer period."""
    return connection.execute(
        f"""
        with units as (
            select measure_number, statistic, unit, decimals from marts.measures
        ),

        said as (
            select *
            from marts.{MART}
            where measure_number = $number
                and breakdown = $breakdown
                and from_run_id <= $run_id
                and (to_run_id is null or to_run_id > $run_id)
        )
        select
            said.statistic,
            said.breakdown_value,
            said.period_type,
            said.period_end,
            valued(said.value, unit, decimals) as value_text,
            shown_short(said.numerator, 1) as numerator_text,
            shown_short(said.denominator, 1) as denominator_text,
            said.value_status,
            said.definition_version,
            case
                when said.to_run_id is null
                    or (now.value is not distinct from said.value and now.value_status = said.value_status)
                    then ''
                else coalesce(valued(now.value, unit, decimals), now.value_status, 'not said any more')
            end as now
        from said
        left join (from marts.{MART} where to_run_id is null) as now
            using (measure_number, statistic, period_type, period_end, breakdown, breakdown_value)
        left join units using (measure_number, statistic)
        qualify dense_rank() over (partition by said.period_type order by said.period_end desc)
            <= case said.period_type when 'month' then {MONTHS_SHOWN} else 1 end
        order by said.statistic, said.breakdown_value, said.period_type, said.period_end
        """,
        {"number": number, "run_id": run_id, "breakdown": breakdown},
    ).fetchall()


def _table(rows: list[tuple]) -> Table:
    """Lay out what was said."""
    table = Table()
    table.add_column("statistic", overflow="fold")
    for heading in ("of", "period", "to", "value", "numerator", "denominator", "status", "definition", "now"):
        table.add_column(heading)
    for column in (*table.columns[4:7], table.columns[9]):
        column.justify = "right"
    for statistic, part, period_type, end, *texts, status, definition, now in rows:
        numbers = (text or "" for text in texts)
        table.add_row(statistic, part, period_type, str(end), *numbers, status, definition, now)
    return table
