"""What an earlier run said can be shown, set beside another's, and made again."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner

from conftest import OF_THE_NIGHT, Place, build_what_is_served, do_night, work_alone
from csc_measures import cli
from csc_measures.inert import write_inert
from csc_measures.night import building, editions, generations, publish
from csc_measures.night.said import difference, rebuild, shown
from csc_measures.sql import quoted
from csc_measures.stop import ExitCode, Stop

ANOTHER_NUMBER = (
    "update marts.safe_from_harm set numerator = numerator + 1, value = value + 1 "
    "where measure_number = 31 and statistic = 'count' and breakdown = 'all'"
)
ONE_CASE_LESS = (
    "delete from marts.safe_from_harm_evidence where measure_number = 31 and statistic = 'count' "
    "and case_id = (select min(case_id) from marts.safe_from_harm_evidence "
    "where measure_number = 31 and statistic = 'count' and in_numerator)"
)


@pytest.fixture(scope="module")
def two_nights(night: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give a warehouse with two nights, of which the second says another number of measure 31."""
    place = replace(night, warehouse=tmp_path_factory.mktemp("two") / "warehouse")
    shutil.copytree(night.warehouse, place.warehouse, symlinks=True)
    with pytest.MonkeyPatch.context() as patch:
        build_what_is_served(patch)
        work_alone(patch)
        as_served = building.build

        def build(*order: object) -> building.Build:
            built = as_served(*order)
            with duckdb.connect(place.warehouse / "building" / editions.DATABASE) as connection:
                connection.execute(ANOTHER_NUMBER)
                connection.execute(ONE_CASE_LESS)
            return built

        patch.setattr(building, "build", build)
        do_night(replace(place, as_at=place.as_at + timedelta(days=1)))
        yield place


def runs_of(place: Place) -> list[str]:
    return [run.run_id for run in generations.published_runs(place.warehouse)]


def printed(do: Callable[[Console], object]) -> str:
    console = Console(file=io.StringIO(), width=200)
    do(console)
    return console.file.getvalue()


def test_a_measure_is_shown_as_a_run_or_an_as_at_date_published_it(two_nights: Place) -> None:
    first, second = runs_of(two_nights)
    [(end, then, now)] = two_nights.query(
        "select period_end, value_then, value_now from marts.restatements "
        "where measure_number = 31 and statistic = 'count' "
        "and period_type = 'month' and breakdown = 'all' order by period_end desc limit 1"
    )
    assert now == then + 1
    next_day = two_nights.as_at + timedelta(days=1)
    for asked, as_at, said, said_now in (
        (f"{two_nights.as_at}", two_nights.as_at, then, f"{now:.0f}"),
        (first, two_nights.as_at, then, f"{now:.0f}"),
        (None, next_day, now, ""),
        (second, next_day, now, ""),
        ("2099-01-01", next_day, now, ""),
    ):
        console = Console(file=io.StringIO(), width=200)
        shown.show_measure(two_nights.warehouse, 31, asked, "all", console)
        text = console.file.getvalue()
        assert f"as at {as_at}" in text
        [row] = [
            [word.strip() for word in line.split("│")]
            for line in text.splitlines()
            if "│ count " in line and f"{end}" in line and "month" in line
        ]
        assert (row[1], row[5], row[10]) == ("count", f"{said:.0f}", said_now), asked


@pytest.mark.parametrize(
    ("number", "asked", "by"),
    [(31, "2001-01-01", "all"), (31, "no run", "all"), (999, None, "all"), (31, None, "sex")],
)
def test_what_was_never_said_is_not_shown(two_nights: Place, number: int, asked: str, by: str) -> None:
    with pytest.raises(Stop) as stopped:
        shown.show_measure(two_nights.warehouse, number, asked, by, Console(quiet=True))
    assert stopped.value.code == ExitCode.WRONG_SETTINGS


def test_two_runs_are_compared_cell_by_cell_and_the_cases_named(two_nights: Place, tmp_path: Path) -> None:
    first, second = runs_of(two_nights)
    text = printed(
        lambda console: difference.compare(two_nights.warehouse, first, second, tmp_path / "csv", console)
    )
    cells, cases = (
        list(csv.DictReader((tmp_path / "csv" / name).open(encoding="utf-8")))
        for name in (difference.CELLS_FILE, difference.CASES_FILE)
    )
    assert {(row["measure_number"], row["statistic"], row["breakdown"]) for row in cells} == {
        ("31", "count", "all")
    }
    assert {float(row["value_now"]) - float(row["value_then"]) for row in cells} == {1.0}
    [case] = {row["case_id"] for row in cases}
    assert {(row["in_numerator_then"], row["in_numerator_now"]) for row in cases} == {("True", "")}
    assert case in text
    assert "31" in text
    again = printed(lambda console: difference.compare(two_nights.warehouse, second, second, None, console))
    assert again == f"Runs {second} and {second} say the same.\n"


def test_the_commands_ask_the_warehouse_of_the_settings(two_nights: Place) -> None:
    first, second = runs_of(two_nights)
    for command in (["show", "31", "--as-published", first], ["diff", first, second]):
        ended = CliRunner().invoke(cli.commands, command, env=two_nights.environment)
        assert ended.exit_code == 0, ended.exception
    ended = CliRunner().invoke(cli.commands, ["rebuild", "no run"], env=two_nights.environment)
    assert str(ended.exception).startswith("No generation of run no run is kept.")


def test_what_is_written_for_a_spreadsheet_is_no_formula(tmp_path: Path) -> None:
    write_inert(tmp_path / "file.csv", ["team", "n"], [("=cmd|' /C calc'!A0", -1), ("T1", 2)])
    rows = list(csv.reader((tmp_path / "file.csv").open(encoding="utf-8")))
    assert rows == [["team", "n"], ["'=cmd|' /C calc'!A0", "-1"], ["T1", "2"]]


def test_a_run_that_is_not_kept_can_neither_be_compared_nor_made_again(two_nights: Place) -> None:
    first, _ = runs_of(two_nights)
    with pytest.raises(Stop, match="is kept"):
        difference.compare(two_nights.warehouse, first, "20200101T000000000000Z", None, Console(quiet=True))
    with pytest.raises(Stop, match=first):
        rebuild.rebuild(two_nights.warehouse, "20200101T000000000000Z", Console(quiet=True))


def test_a_run_made_again_is_the_same_or_it_is_said_what_is_not(
    two_nights: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The marts of the first run are what dbt would build of either."""
    first, second = runs_of(two_nights)
    served = generations.served(two_nights.warehouse)
    [(n_cells, n_cases)] = two_nights.query(
        "select (select count(*) from restatements), (select count(*) from restatements_evidence)"
    )

    def build(_dbt: object, _landed: Path, _values: object, target: Path, *_: object) -> None:
        with duckdb.connect() as connection:
            database = target.parent / "rebuild" / "building" / editions.DATABASE
            connection.execute(f"attach '{quoted(database)}' as built")
            connection.execute("create schema built.marts")
            for edition in editions.EDITIONS:
                generation = two_nights.warehouse / "generations" / first
                editions.attach(connection, generation, edition, "read_only")
                for mart in publish.marts_of(connection, edition.catalog):
                    if mart not in OF_THE_NIGHT:
                        connection.execute(f"create table built.marts.{mart} as from {edition.table(mart)}")
            connection.execute("create table built.marts.of_a_later_version as select 1 as n")
            for statement in changes:
                connection.execute(statement)

    changes: list[str] = []
    monkeypatch.setattr(building, "prepare", lambda *_: None)
    monkeypatch.setattr(building, "build", build)
    monkeypatch.setattr(rebuild, "companion", lambda *_: nullcontext())
    text = printed(lambda console: rebuild.rebuild(two_nights.warehouse, first, console))
    assert "come out the same" in text
    changes += [
        "alter table built.marts.comparators add column later integer",
        "drop table built.marts.signals",
    ]
    with pytest.raises(Stop) as stopped:
        rebuild.rebuild(two_nights.warehouse, second, Console(quiet=True))
    assert stopped.value.code == ExitCode.CHECK_FAILED
    assert [place.partition(": ")[::2] for place in stopped.value.where if ":" in place] == [
        ("comparators", "its columns are others"),
        ("safe_from_harm", f"{n_cells} rows that were published do not come out, {n_cells} others do"),
        ("safe_from_harm_evidence", f"0 rows that were published do not come out, {n_cases} others do"),
        ("signals", "it was published, and is not built"),
    ]
    assert generations.served(two_nights.warehouse) == served
    assert not (two_nights.warehouse / "rebuild").exists()
