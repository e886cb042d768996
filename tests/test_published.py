"""What was said before can be asked for, of every run, and has a row only where something else was said."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import pandas
import pytest

from conftest import Place, do_night
from csc_measures.night import generations
from csc_measures.night.editions import OUTCOMES
from csc_measures.night.said.published import CELL, SAID, write_published

Cell = tuple
Scorecard = dict[Cell, tuple]
MONTHS = 4
PARTS = [("all", "all"), ("service_area", "LOCALITY"), ("team", "T1"), ("team", "T2"), ("sex", "F")]


def month_end(n: int) -> date:
    """Return the last day of the n-th month of 2026."""
    return date(2026 + n // 12, n % 12 + 1, 1) - timedelta(days=1)


def scorecard(night: int, dice: random.Random, before: Scorecard) -> Scorecard:
    """Return what a night says: the last months, a part may be without rows, some numbers changed."""
    said: Scorecard = {}
    for measure in (8, 76, 89, 113):
        for n in range(night // 8, night // 8 + MONTHS):
            for breakdown, part in PARTS:
                cell = (measure, "pct", "month", month_end(n + 1), breakdown, part)
                if part == "T2" and night % 5 == 3:
                    continue
                numbers = before.get(cell, (1.0, 4.0, 25.0, "ok", "v1"))
                if dice.random() < 0.1:
                    numbers = (None, 0.0, None, "no_denominator", "v1")
                elif dice.random() < 0.1:
                    numbers = (2.0, 3.0, 200 / 3, "ok", f"v{1 + night // 20}")
                said[cell] = (*numbers[:4], max(numbers[4], "v2") if measure == 8 and night > 9 else "v1")
    return said


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database for the generation that is being written and the one before, both empty."""
    with duckdb.connect() as connection:
        for catalog in ("published", "last"):
            connection.execute(f"attach ':memory:' as {catalog}")
            connection.execute(f"create schema {catalog}.marts")
        yield connection


def write_numbers(
    connection: duckdb.DuckDBPyConnection, catalog: str, said: Scorecard, run_id: str, as_at: date
) -> None:
    """Write the measure tables and the register of a generation."""
    cells = ", ".join(f"{name} {'date' if name == 'period_end' else 'varchar'}" for name in CELL[1:])
    numbers = f"measure_number integer, {cells}, numerator double, denominator double, value double"
    measures = {(cell[0], cell[1]): told[-1] for cell, told in said.items()}
    tables = {
        **{outcome: (f"{numbers}, value_status varchar", []) for outcome in OUTCOMES},
        "safe_from_harm": (
            f"{numbers}, value_status varchar",
            [(*cell, *told[:-1]) for cell, told in said.items()],
        ),
        "measures": (
            "measure_number integer, statistic varchar, definition_version varchar",
            [(*key, version) for key, version in measures.items()],
        ),
        "runs": ("run_id varchar, as_at date", [(run_id, as_at)]),
    }
    for table, (columns, rows) in tables.items():
        connection.execute(f"create or replace table {catalog}.marts.{table} ({columns})")
        if rows:
            connection.register("rows", pandas.DataFrame(rows))
            connection.execute(f"insert into {catalog}.marts.{table} from rows")


def publish(database: duckdb.DuckDBPyConnection, said: Scorecard, run_id: str, as_at: date) -> None:
    """Write the numbers of a night with what was published before it, on which the next will follow."""
    with database.cursor() as connection:
        write_numbers(connection, "published", said, run_id, as_at)
        connection.execute("drop table if exists published.marts.published")
        write_published(connection, run_id, as_at)
        connection.execute("create or replace table last.marts.published as from published.marts.published")


def said_by(
    database: duckdb.DuckDBPyConnection, nights: list[str], by: str = "run_id", kind: str = "varchar"
) -> list[Scorecard]:
    """Ask what some runs or as-at dates said, by the one condition that the table's description gives."""
    said: list[Scorecard] = [{} for _ in nights]
    for n, *row in database.execute(
        f"select night.n, {', '.join((*CELL, *SAID))} from published.marts.published "
        f"join (select cast(unnest({nights}) as {kind}) as {by}, unnest(range({len(nights)})) as n) as night "
        f"on from_{by} <= night.{by} and (to_{by} is null or to_{by} > night.{by})"
    ).fetchall():
        cell, numbers = tuple(row[: len(CELL)]), tuple(row[len(CELL) :])
        assert cell not in said[n]
        said[n][cell] = numbers
    return said


def kept(said: Scorecard) -> Scorecard:
    """Return what is kept of a scorecard: not the parts of other breakdowns."""
    return {cell: numbers for cell, numbers in said.items() if cell[4] != "sex"}


def test_thirty_nights_can_each_be_asked_for_and_only_what_changed_adds_a_row(
    database: duckdb.DuckDBPyConnection,
) -> None:
    dice, said, begun = random.Random(1), {}, date(2026, 4, 1)
    nights: list[tuple[str, date, Scorecard]] = []
    n_rows = 0
    for night in range(30):
        run_id, as_at = f"{night:02}", begun + timedelta(days=night)
        before, said = said, scorecard(night, dice, said)
        publish(database, said, run_id, as_at)
        nights.append((run_id, as_at, kept(said)))
        n_rows += len(kept(said).items() - kept(before).items())
        assert database.execute("select count(*) from last.marts.published").fetchall() == [(n_rows,)]
    runs, dates, scorecards = zip(*nights, strict=True)
    assert said_by(database, [*runs]) == [*scorecards]
    assert said_by(database, [f"{day}" for day in dates], "as_at", "date") == [*scorecards]


def test_it_is_said_why_something_is_said_no_more(database: duckdb.DuckDBPyConnection) -> None:
    cells = {
        (n, part): (8, "pct", "month", month_end(n), breakdown, part)
        for n in (1, 2)
        for breakdown, part in (("all", "all"), ("team", "T1"))
    }
    publish(database, dict.fromkeys(cells.values(), (1, 2, 50, "ok", "v1")), "1", month_end(3))
    publish(database, {cells[2, "all"]: (2, 2, 100, "ok", "v1")}, "2", month_end(4))
    ended = database.execute(
        "select period_end, breakdown_value, to_run_id, ended_because from last.marts.published"
    ).fetchall()
    assert sorted(ended, key=str) == sorted(
        [
            (month_end(1), "all", "2", "window moved on"),
            (month_end(1), "T1", "2", "window moved on"),
            (month_end(2), "all", "2", "said otherwise"),
            (month_end(2), "T1", "2", "no longer seen"),
            (month_end(2), "all", None, None),
        ],
        key=str,
    )


def test_a_warehouse_from_before_begins_with_what_it_had_published_last(
    database: duckdb.DuckDBPyConnection,
) -> None:
    """An older version of this project kept no such table, but the numbers themselves."""
    cell = (8, "pct", "month", month_end(1), "all", "all")
    write_numbers(database, "last", {cell: (1, 2, 50, "ok", "v1")}, "1", month_end(2))
    publish(database, {cell: (2, 2, 100, "ok", "v1")}, "2", month_end(3))
    said = said_by(database, ["1", "2"])
    assert said == [{cell: (1, 2, 50, "ok", "v1")}, {cell: (2, 2, 100, "ok", "v1")}]


def test_tables_that_cannot_be_read_begin_it_anew(database: duckdb.DuckDBPyConnection) -> None:
    database.execute("create table last.marts.safe_from_harm (other integer)")
    said = {(8, "pct", "month", month_end(1), "all", "all"): (1, 2, 50, "ok", "v1")}
    publish(database, said, "1", month_end(2))
    assert said_by(database, ["1"]) == [said]


@pytest.mark.usefixtures("without_dbt")
def test_what_was_published_last_is_gone_on_from_though_an_older_generation_is_served(
    copied_night: Place,
) -> None:
    """And not from one whose files have changed since."""
    [first] = generations.published_runs(copied_night.warehouse)
    do_night(copied_night)
    generations.show(copied_night.warehouse, first.run_id)
    runs = generations.published_runs(copied_night.warehouse)
    last = generations.published_last(copied_night.warehouse, runs)
    assert last.name == runs[-1].run_id != first.run_id
    with duckdb.connect(last / "measures.duckdb", read_only=True) as connection:
        counted = "select count(*) > 0, count(to_run_id) from marts.published"
        assert connection.execute(counted).fetchall() == [(True, 0)]
    shutil.copy(last / "SHA256SUMS", last / "stray")
    assert generations.published_last(copied_night.warehouse, runs).name == first.run_id
