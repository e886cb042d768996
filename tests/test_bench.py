"""The benchmark: what a command spends is seen whole, engines agree with the marts, and the table says so."""

import json
import sys
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest
from rich.console import Console

import scale
from conftest import Place
from csc_measures.bench import benchmark
from csc_measures.bench.benchmark import differing, parts_of, what_is_asked
from csc_measures.bench.engines.given import NUMBERS
from csc_measures.bench.engines.run import MODULES
from csc_measures.bench.table import IN_ALL, START, Benchmark, render
from csc_measures.bench.watching import Moment, Spent, Watched, watch
from csc_measures.night.reports import REPORT
from csc_measures.stop import ExitCode, Stop

MIB = 1 << 20
BUSY = 0.3  # seconds
FEW = 3  # children of a worker
OF_A_CHILD = f"""
import subprocess, sys
print("begun", flush=True)
work = '''
import time
taken = b"x" * {100 * MIB}
while time.process_time() < {BUSY}:
    pass
'''
subprocess.run([sys.executable, "-c", work])
print("done", flush=True)
"""


def test_what_a_process_of_a_command_spends_is_the_commands(tmp_path: Path) -> None:
    heard: list[str] = []
    written = tmp_path / "written"
    written.mkdir()
    (written / "seven").write_bytes(b"x" * 7)
    command = [sys.executable, "-c", OF_A_CHILD]
    watched = watch(command, tmp_path / "log", heard=heard.append, writes=written)
    assert (watched.exit_code, heard) == (0, ["begun", "done"]), (tmp_path / "log").read_text()
    assert BUSY <= watched.spent.processor <= BUSY + 5
    assert 100 * MIB <= watched.spent.memory <= 200 * MIB
    assert watched.spent.disk == 7
    (begun, _), (done, _) = watched.lines
    assert watched.between(begun, done).processor > BUSY / 2
    assert watched.between(begun, done).wall == done - begun


def test_the_parts_of_a_night_make_up_the_whole() -> None:
    printed = {"Run x": 1, "landing  1": 5, "dbt  1": 20, "door  1": 21, "pages  1": 30, "marts  1": 31}
    printed |= {"publish  1": 38, "in all  1": 39}
    moments = [Moment(at, 1.5 * at, 10 + at) for at in range(40)]
    night = Watched(0, Spent(40.0, 60.0, 49), moments, [(at, text) for text, at in printed.items()])
    parts = parts_of(night, 4.0, dict.fromkeys(("Run", "landing", "dbt", "pages", "publish"), 7))
    whole = parts.pop(IN_ALL)
    walls = {part: spent.wall for part, spent in parts.items()}
    assert walls == {START: 1, "landing": 4, "dbt": 15, "publish": 6 + 10, "pages": 4}
    assert sum(spent.processor for spent in parts.values()) == whole.processor == 60.0
    assert (parts["landing"].memory, parts["publish"].memory) == (15, 49)


def test_the_next_night_is_told_by_its_own_report(tmp_path: Path) -> None:
    for run, rows in (("20260414T010000000000Z", 5), ("20260414T020000000000Z", 7)):
        (tmp_path / "logs" / run).mkdir(parents=True)
        (tmp_path / "logs" / run / REPORT).write_text(json.dumps({"rows_loaded": rows}))
    assert benchmark.last_report(tmp_path) == {"rows_loaded": 7}


def test_polars_and_pandas_come_to_what_is_published(council_night: Place) -> None:
    published, given = what_is_asked(council_night.warehouse)
    assert all(len(months) == council_night.months for months in published.values())
    few = replace(given, parameters={**given.parameters, "caseload_limit_locality": FEW})
    over_few = []
    for engine in ("Polars", "pandas"):
        measures = import_module(MODULES[engine]).MEASURES
        counted = {number: work_out(given) for number, work_out in measures.items()}
        assert list(differing(counted, published)) == []
        over_few.append(measures[66](few))  # nobody holds 16 children in so small a council
    one, other = over_few
    assert one == other
    assert sum(numerator for numerator, _ in one.values()) > 0


def test_a_difference_is_told_by_measure_and_month() -> None:
    march, april = date(2026, 3, 31), date(2026, 4, 30)
    published = {2: {march: (1, 4), april: (0, 0)}, 31: {march: (25, None), april: (0, None)}}
    assert list(differing({2: {march: (1, 4)}, 31: {march: (25, None)}}, published)) == []
    counted = {2: {march: (1, 5)}, 31: {march: (25, None), april: (1, None)}}
    assert list(differing(counted, published)) == ["measure 2, 2026-03", "measure 31, 2026-04"]


def test_what_is_missing_is_said_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "java_version", lambda: 11)
    monkeypatch.setattr(benchmark, "find_spec", lambda package: None if package == "polars" else package)
    lacks = {engine: benchmark.lacking(engine) for engine in MODULES}
    assert (lacks["DuckDB"], lacks["pandas"]) == ("", "")
    assert lacks["Polars"].endswith("uv sync --locked --extra bench")
    assert "Java 17" in lacks["PySpark"]


def test_a_region_is_not_timed_as_one_council(tmp_path: Path) -> None:
    (tmp_path / "893").mkdir()
    with pytest.raises(Stop, match="one council") as stopped:
        benchmark.bench(tmp_path, 0, date(2026, 4, 14), None, Console(quiet=True))
    assert stopped.value.code == ExitCode.WRONG_SETTINGS
    assert stopped.value.next_step.endswith("/893")


def test_the_table_holds_a_night_against_its_floors() -> None:
    def spent(wall: float) -> Spent:
        return Spent(wall, 2 * wall, 100 * MIB, 5 * MIB)

    done = Benchmark("a council", 0.5, 13, 10 * MIB, 1_000)
    walls = {START: 2.0, "landing": 8.0, "dbt": 30.0, "publish": 35.0, "pages": 5.0}
    done.night = {part: spent(wall) for part, wall in walls.items()}
    done.night[IN_ALL] = Spent(80.0, 120.0, 3 << 30, 9 * MIB)
    done.next_night = {part: spent(wall / 2) for part, wall in walls.items()} | {IN_ALL: spent(40.0)}
    floors = {"landing": 4.0, "building": 20.0, "publishing": 6.0}
    done.floors = {floor: spent(wall) for floor, wall in floors.items()}
    keys = (START, *NUMBERS, IN_ALL)
    done.engines = {
        "DuckDB": dict.fromkeys(keys, Spent(0.5, 1.0, 64 * MIB)),
        "pandas": dict.fromkeys(keys, Spent(1.0, 4.0, 64 * MIB)),
    }
    done.left_out = ["PySpark is left out"]
    lines = render(done).splitlines()
    for told in (
        "| night: dbt | 30.0 | 60.0 | 100 | 5 |",
        "| next night: landing | 4.0 | 8.0 | 100 | 5 |",
        "| floor: building | 20.0 | 40.0 | 100 | 5 |",
        "| dbt / floor of building | 1.50 | 1.50 |",
        "| the night / sum of the floors | 2.67 | 2.00 |",
        "| the next night / the night | 0.50 | 0.67 |",
        "- Wall time of at most 1.5 times the floors, 45.0 s: missed, 1.78 times as much.",
        "- Memory of at most 2.5 GiB: missed, 1.20 times as much.",
        "| 31: looked after at month end | 0.50 / 1.00 | 1.00 / 4.00 |",
        "| pandas / DuckDB | 2.00 | 4.00 |",
        "- PySpark is left out",
    ):
        assert told in lines


def test_lines_through_what_was_seen_say_where_they_cross_and_what_england_costs() -> None:
    def row(way: str, councils: int, processor: float, join: float = 0.0) -> scale.Row:
        rows, left = 1_000 * councils, MIB * (10 + councils)
        return scale.Row(
            way, councils, 100, 12, 2 * MIB, rows, 0, 9.0, processor, MIB, left, left, join, MIB, 1.0
        )

    rows = [row("together", n, 40 + n) for n in (1, 4, 15)]
    rows += [row("turns", n, 41 * n + 2 + n / 2, join=2 + n / 2) for n in (1, 4)]
    rows += [row("spark", n, 90 + n / 2) for n in (1, 4)]
    [series] = scale.every_series(reversed(rows))
    lines = series.lines("processor")
    assert [round(part, 6) for part in lines["join"]] == [2, 0.0005]
    assert round(lines["spark"].crosses(lines["together"])) == 100_000
    assert lines["together"].crosses(lines["spark"]) is None
    in_turns = scale.line_of("turns", lines, of_a_council=2_000)
    assert in_turns.at(20_000) == pytest.approx(10 * (40 + 2) + 2 + 10)
    page = scale.render(rows)
    for told in (
        "| turns | 4 | 100 | 4,000 | 168 | 4.10 | 4 | 9 | 1.0 | 1 | 14 | 14 |",
        "of the 2 allowed: kept, 0.50 of it.",
        "spark takes less than together from 100,000 rows on, 10,000 children.",
        "turns never takes less than together: each row costs it more.",
        "for each of 153 authorities.",
    ):
        assert told in page
