"""
Try one measure on the extracts that were landed last: build only what it needs, aside, and show its values.

The definitions are read anew, so that a measure can be seen a moment after it was written. What is published,
and what was landed, stays as it is: all of it happens in `try/` of the warehouse.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from rich.console import Console
from rich.table import Table

from csc_measures.definitions.feeds import slipped, slips_in_feeds
from csc_measures.definitions.register import REGISTER_FILES, write_register
from csc_measures.night.building import how_failed, result_as_answer
from csc_measures.night.companion import environment_of
from csc_measures.night.editions import DATABASE
from csc_measures.night.generations import bring_history
from csc_measures.night.untold import tag_untold
from csc_measures.night.warehouse import check_folder
from csc_measures.project import PROJECT
from csc_measures.sql import pattern
from csc_measures.stop import ExitCode, Stop

MONTHS_SHOWN = 3


def try_measure(number: int, warehouse: Path, console: Console) -> None:
    """
    Show what a measure gives: each statistic in the last months, the year to date and the last 12 months.

    Raises Stop: 60 when nothing is landed, a definition is wrong, or no definition or no column has the
    number; 30 when its models do not build.
    """
    folder = prepare(warehouse.absolute())
    title, mart, statistics = register_of(number, folder / "landed")
    build(mart, {(number, statistic) for statistic in statistics}, folder)
    console.print(f"{number}  {title}", style="bold")
    with duckdb.connect(folder / "dev" / DATABASE, read_only=True) as connection:
        console.print(values_of(connection, number, mart))
        console.print(cases_of(connection, number, mart))
    console.print(f"Every row: {folder / 'dev' / DATABASE}, marts.{mart} and marts.{mart}_evidence")


def prepare(warehouse: Path) -> Path:
    """Make the folder of the trial: links to what was landed last, and the definitions as they stand now."""
    landed = (warehouse / "landed").resolve()
    if not (landed / "run.parquet").is_file():
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "No extracts are landed in this warehouse.",
            [str(warehouse)],
            "Type: measures land, for those of CSC_LANDING_DIR, or: measures demo",
        )
    check_folder(warehouse)
    folder = warehouse / "try"
    for old in ("landed", "dev"):
        shutil.rmtree(folder / old, ignore_errors=True)
    for new in ("landed", "dev"):
        (folder / new).mkdir(parents=True)
    for file in landed.iterdir():
        if file.name not in REGISTER_FILES:
            (folder / "landed" / file.name).symlink_to(file)
    write_register(folder / "landed")
    bring_history(warehouse, folder / "dev" / DATABASE)
    return folder


def register_of(number: int, landed: Path) -> tuple[str, str, list[str]]:
    """Return title, mart and statistics of a measure; stop with 60 when there is no such definition."""
    rows = duckdb.execute(
        "select title, mart, statistic from read_parquet(?) where measure_number = ? "
        "order by statistic_order",
        [pattern(landed / "measures_register.parquet"), number],
    ).fetchall()
    if not rows:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"No definition has the number {number}.",
            [str(PROJECT / "definitions")],
            "Write its entry in the file of its work area; definitions/README.md says how.",
        )
    title, mart, _ = rows[0]
    return title, mart, [statistic for _, _, statistic in rows]


def build(mart: str, statistics: set[tuple[int, str]], folder: Path) -> None:
    """Build a mart and its evidence with nothing but what feeds these statistics."""
    environment = environment_of(folder)
    os.environ.clear()
    os.environ.update(environment)
    common = [
        *("--project-dir", str(PROJECT)),
        *("--profiles-dir", str(PROJECT)),
        *("--log-path", str(folder / "logs")),
        *("--log-level", "error"),
        *("--log-level-file", "info"),
        "--no-write-json",
    ]
    project = dbtRunner().invoke(["parse", *common]).result
    if project is None:
        raise Stop(ExitCode.CHECK_FAILED, "The project does not parse.", [], "Mend what dbt says above.")
    if slips := slips_in_feeds(project):
        raise slipped(slips)
    without = tag_untold(project, folder / "landed", told=statistics)
    kinds = [word for kind in ("unit_test", "test") for word in ("--exclude-resource-type", kind)]
    outcome = dbtRunner(project).invoke(
        ["build", *common, *kinds, "--select", f"+{mart}", f"+{mart}_evidence", *without]
    )
    DuckDBConnectionManager.close_all_connections()  # while dbt has the database open, nobody else can
    if not outcome.success:
        results = [result_as_answer(result) for result in (outcome.result.results if outcome.result else [])]
        failed = [node for node in results if node["status"] == "error"]
        places = [f"{node['kind']} {node['name']}: {how_failed(node)}" for node in failed]
        raise Stop(ExitCode.CHECK_FAILED, "The measure does not build.", places, "Mend what dbt says above.")


def values_of(connection: duckdb.DuckDBPyConnection, number: int, mart: str) -> Table:
    """Lay out value, numerator and denominator of each statistic and period, of `all`."""
    rows = connection.execute(
        f"""
        select statistic, unit, period_type, period_end, value, numerator, denominator, value_status
        from marts.{mart}
        where measure_number = ? and breakdown = 'all'
        qualify dense_rank() over (partition by period_type order by period_end desc)
            <= case period_type when 'month' then {MONTHS_SHOWN} else 1 end
        order by is_headline desc, statistic, period_type, period_end
        """,
        [number],
    ).fetchall()
    table = Table("statistic", "unit", "period", "to", "value", "numerator", "denominator", "status")
    for column in table.columns[4:7]:
        column.justify = "right"
    for statistic, unit, period_type, period_end, value, numerator, denominator, status in rows:
        numbers = (as_text(number) for number in (value, numerator, denominator))
        table.add_row(statistic, unit, period_type, str(period_end), *numbers, status)
    return table


def cases_of(connection: duckdb.DuckDBPyConnection, number: int, mart: str) -> Table:
    """Lay out, for the last month, how many cases are in, and why the others are out."""
    rows = connection.execute(
        f"""
        select
            statistic,
            coalesce(exclusion_reason, missing_evidence, case when in_numerator then 'counts' end, 'fails'),
            count(*)
        from marts.{mart}_evidence
        where measure_number = ? and period_type = 'month'
            and period_end = (select max(period_end) from marts.{mart} where period_type = 'month')
        group by all
        order by all
        """,
        [number],
    ).fetchall()
    table = Table("statistic", "cases of the last month", "n")
    table.columns[2].justify = "right"
    for statistic, which, n_cases in rows:
        table.add_row(statistic, which, f"{n_cases:,}")
    return table


def as_text(number: float | None) -> str:
    """Write a number with no more digits than a reader needs; nothing for none."""
    if number is None:
        return ""
    return f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"
