"""Show the cases behind a headline, or one case through all of them, in a terminal or as CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from csc_measures.inert import write_inert
from csc_measures.night import editions
from csc_measures.night.generations import what_is_served
from csc_measures.pages import cases
from csc_measures.pages.evidence import COLUMNS
from csc_measures.pages.reading import Row, ask
from csc_measures.stop import ExitCode, Stop


def show_number(warehouse: Path, number: int, month: str, to: Path | None, console: Console) -> None:
    """
    Show the cases behind a headline in a month written YYYY-MM, and whether they add up; with `to` as CSV.

    Raises Stop (60) when there is no such measure or month.
    """
    with opened(warehouse) as (connection, landed):
        ends = ask(
            connection,
            "select distinct period_end from marts.scorecard where period_type = 'month' "
            "and measure_number = ? and strftime(period_end, '%Y-%m') = ?",
            number,
            month,
        )
        if not ends:
            raise nothing(
                f"There is no number of measure {number} in {month}.", "measures evidence 23 2026-03"
            )
        [end] = ends
        chosen = "measure_number = $1 and period_end = $2"
        cases.take(connection, landed, chosen, number, end["period_end"])
        rows = cases.told(connection)
        said = next(
            row for row in cases.sums(connection, [end["period_end"]]) if row["measure_number"] == number
        )
    show(rows, to, console)
    cases_said, cases_added = (
        f" ({said[name]})" if said[name] else "" for name in ("said_cases", "added_cases")
    )
    console.print(f"{number} {said['title']}, {said['month']}")
    console.print(f"The scorecard says {said['said_value']}{cases_said}.")
    verdict = "they agree" if said["agrees"] else "they do not agree"
    console.print(f"These {said['n_cases']} cases come to {said['added_value']}{cases_added}: {verdict}.")


def show_case(warehouse: Path, case: str, to: Path | None, console: Console) -> None:
    """
    Show one case, or all cases of one person, through every headline and month that it touches.

    `case` is a pseudonym or its first characters, 8 at the least; Stop (60) when it is that of nobody.
    """
    if not re.fullmatch(r"[a-z]* ?[0-9a-f]{8,64}", case):
        raise nothing(
            "That is no pseudonym: it has 8 to 64 characters, 0 to 9 and a to f.", "--case 1a2b3c4d"
        )
    with opened(warehouse) as (connection, landed):
        cases.take(connection, landed, "(starts_with(case_id, $1) or starts_with(person_id, $1))", case)
        rows = cases.told(connection)
    if not rows:
        raise nothing("There is no such case or person in the evidence.", "--case, and what a page shows")
    show(rows, to, console)


@contextmanager
def opened(warehouse: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path | None]]:
    """Open the numbers and evidence of what is served, beside the folder of its extracts, if it is kept."""
    generation = what_is_served(warehouse)
    landed = warehouse / "runs" / generation.name / "landed"
    database, evidence = (generation / edition.database for edition in editions.EDITIONS)
    with cases.open_cases(database, evidence) as connection:
        yield connection, landed if landed.is_dir() else None


def show(rows: Sequence[Row], to: Path | None, console: Console) -> None:
    """Show cases as a table, or write them to a CSV file in which no text is a formula."""
    names = {
        "measure_number": "Measure",
        "period_end": "Period end",
        "case_id": "Case",
        "person_id": "Person",
    }
    names |= {"stands": "How it stands"}
    names |= {name: title for name, title in COLUMNS.items() if any(row[name] for row in rows)}
    shown = [{**row, "stands": cases.STANDS[row["stands"]]} for row in rows]
    lines = [["" if row[name] is None else str(row[name]) for name in names] for row in shown]
    if to:
        write_inert(to, names, lines)
        console.print(f"Wrote {len(lines):,} cases to {to}; it tells of single people.")
        return
    table = Table(*names.values(), box=None)
    for line in lines:
        table.add_row(*line)
    console.print(table)


def nothing(what: str, example: str) -> Stop:
    """Say that there is nothing to show, and what to type instead."""
    return Stop(ExitCode.WRONG_SETTINGS, what, [], f"Type for example: {example}")
