"""
Compare two kept generations cell by cell, and name the cases behind what differs.

For those who may read evidence: cases and people are named by their pseudonyms, and nothing else of them is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from csc_measures import memory
from csc_measures.inert import write_inert
from csc_measures.night import disk, editions
from csc_measures.night.said.published import CELL, LAST
from csc_measures.night.said.restated import CASE, LAST_EVIDENCE, NUMBERS_SAID, find_cases
from csc_measures.sql import quoted
from csc_measures.stop import ExitCode, Stop

SHOWN_CASES = 20
SAID = (*NUMBERS_SAID, "value_status")
CELLS_FILE, CASES_FILE = "cells.csv", "cases.csv"


def compare(warehouse: Path, one: str, other: str, folder: Path | None, console: Console) -> None:
    """
    Show in which cells of the measure tables two runs differ, all breakdowns, and which cases are behind.

    With a `folder`, all of them go there as well: `cells.csv`, with what each run said (empty: it had no such
    row), and `cases.csv`, with how each run counted the case. Raises Stop (60) when a generation is not kept.
    """
    with duckdb.connect(config=memory.of_duckdb()) as connection:
        for run_id, catalogs in (
            (one, {LAST: editions.NUMBERS, LAST_EVIDENCE: editions.EVIDENCE}),
            (other, {edition.catalog: edition for edition in editions.EDITIONS}),
        ):
            generation = kept_generation(warehouse.absolute(), run_id)
            for catalog, edition in catalogs.items():
                database = quoted(generation / edition.database)
                connection.execute(f"attach '{database}' as {catalog} (read_only)")
        connection.execute(f"create temp table restated as {_cells_that_differ()}")
        find_cases(connection)
        cells = connection.execute(f"from restated order by {', '.join(CELL)}")
        cell_columns, cells_told = [name for name, *_ in cells.description], cells.fetchall()
        cases = connection.execute(f"from cases order by {', '.join(CASE)}")
        case_columns, cases_told = [name for name, *_ in cases.description], cases.fetchall()
        if not cells_told:
            console.print(f"Runs {one} and {other} say the same.")
        else:
            console.print(_differences(connection))
            for line in _cases_in_words(cases_told[:SHOWN_CASES]):
                console.print(line, soft_wrap=True)
            if len(cases_told) > SHOWN_CASES:
                console.print(f"and {len(cases_told) - SHOWN_CASES:,} more: --csv FOLDER writes all")
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        write_inert(folder / CELLS_FILE, cell_columns, cells_told)
        write_inert(folder / CASES_FILE, case_columns, cases_told)
        console.print(f"Wrote {folder / CELLS_FILE} and {folder / CASES_FILE}")


def kept_generation(warehouse: Path, run_id: str) -> Path:
    """Return the folder of a generation; raises Stop (60) when it is not kept."""
    kept = {folder.name: folder for folder in disk.subfolders(warehouse / "generations")}
    if run_id not in kept:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"No generation of run {run_id} is kept.",
            [*kept],
            "Type one of the runs above; `measures runs` lists what became of each.",
        )
    return kept[run_id]


def _cells_that_differ() -> str:
    """Return SQL for the cells of the measure tables in which two generations differ."""
    columns = ", ".join((*CELL, *SAID))
    earlier, later = (
        " union all ".join(
            f"select {columns} from {catalog}.marts.{outcome}" for outcome in editions.OUTCOMES
        )
        for catalog in (LAST, editions.NUMBERS.catalog)
    )
    return f"""
        select
            {", ".join(CELL)},
            {", ".join(f"earlier.{name} as {name}_then, later.{name} as {name}_now" for name in SAID)}
        from ({earlier}) as earlier
        full join ({later}) as later using ({", ".join(CELL)})
        where {" or ".join(f"earlier.{name} is distinct from later.{name}" for name in SAID)}
    """


def _differences(connection: duckdb.DuckDBPyConnection) -> Table:
    """Lay out, by statistic, how many cells differ and how many cases are behind."""
    rows = connection.execute(
        """
        select measure_number, statistic, n_cells, n_of_all, coalesce(n_cases, 0)
        from (
            select measure_number, statistic, count(*) as n_cells,
                count(*) filter (where breakdown = 'all') as n_of_all
            from restated
            group by all
        )
        left join (
            select measure_number, statistic, count(distinct case_id) as n_cases from cases group by all
        ) using (measure_number, statistic)
        order by all
        """
    ).fetchall()
    table = Table("measure", "statistic", "cells that differ", "of them of all", "cases behind them")
    for column in table.columns[2:]:
        column.justify = "right"
    for number, statistic, *counts in rows:
        table.add_row(str(number), statistic, *(f"{n:,}" for n in counts))
    return table


def _cases_in_words(cases: list[tuple]) -> Iterator[str]:
    """Name cases, by pseudonym, with what each run counted them in."""
    for number, statistic, period_type, end, case, person, *counted in cases:
        then, now = (_counted_in(*counted[n:4:2]) for n in (0, 1))
        who = f", person {person}" if person else ""
        yield f"{number} {statistic}, {period_type} to {end}: {then}, then {now}: case {case}{who}"


def _counted_in(denominator: bool | None, numerator: bool | None) -> str:
    """Say in what a case was counted."""
    parts = {"denominator": denominator, "numerator": numerator}
    return " and ".join(name for name, is_in in parts.items() if is_in) or "not counted"
