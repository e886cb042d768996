"""
Do the benchmark: a night and the next, the least that its parts could take, and five measures elsewhere.

Everything happens in a folder of its own beside the warehouse, which is removed, one thing after another.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from csc_measures.authorities import codes_in
from csc_measures.bench.engines.given import NUMBERS, Counted, Given
from csc_measures.bench.engines.run import MODULES
from csc_measures.bench.table import IN_ALL, START, Benchmark, render
from csc_measures.bench.watching import Spent, Watched, size_of, watch
from csc_measures.demo import write_agreement, write_council
from csc_measures.night.editions import DATABASE, OUTCOMES
from csc_measures.night.generations import published_runs, what_is_served
from csc_measures.night.reports import REPORT
from csc_measures.night.tables import fingerprint
from csc_measures.settings import AGREEMENT, ENCRYPTED_DISK, Settings, warehouse_folder
from csc_measures.sql import quoted
from csc_measures.stop import ExitCode, Stop

KEPT_SETTINGS = (
    *("CSC_AS_AT", "CSC_MONTHS", "CSC_AUTHORITY", "CSC_ALLOW_MISSING", "CSC_MEMORY"),
    *("CSC_MAX_LOSS", "CSC_MAX_LAG", "CSC_SETTLED", "CSC_EVIDENCE_DETAIL"),
    *("CSC_SMALL_NUMBER", "CSC_ZEROS", AGREEMENT, ENCRYPTED_DISK),
)
"""What of the settings makes a night longer or shorter; a benchmark tells nobody and serves nothing."""
KEY = "the key of the benchmark, which keeps nothing"
JAVA = 17
INSTALL = "type .uv/bin/uv sync --locked --extra bench"
TOLD = re.compile(r"(Run|landing|dbt|pages|publish) ")


def bench(landing: Path | None, children: int, as_at: date, write: Path | None, console: Console) -> None:
    """
    Time a night on the extracts of a folder, or of an invented council, and all that it is compared with.

    children, as_at
        Residents under 18 of the invented council, and the date that its extracts describe.
    write
        File for the table, in Markdown; it is printed where none is named.

    Raises Stop: 60 without Linux's /proc, for the folder of a region or a wrong setting; 30 where an engine
    comes to other numbers than the night, or the SQL alone to other marts; else as the night ends.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The benchmark reads processor time and memory from /proc, which is not here.",
            next_step="Run it on Linux.",
        )
    if landing is not None and (codes := codes_in(landing)):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The benchmark is of one council, and that folder has those of several.",
            [str(landing)],
            f"Name the folder of one, for example: measures bench --landing {landing / codes[0]}",
        )
    busy = os.getloadavg()[0]
    beside = warehouse_folder().absolute().parent
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench_", dir=beside, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        environment = {name: os.environ[name] for name in KEPT_SETTINGS if name in os.environ}
        council = "extracts of --landing"
        if landing is None:
            landing, council = folder / "landing", f"invented, {children:,} residents under 18, 6 years"
            environment["CSC_AS_AT"] = str(as_at)
            write_council(landing, children=children, as_at=as_at)
            if not environment.get(AGREEMENT):
                environment[AGREEMENT] = str(folder / "agreement")
                write_agreement(Path(environment[AGREEMENT]), as_at)
        environment |= {"CSC_LANDING_DIR": str(landing), "CSC_WAREHOUSE_DIR": str(folder / "warehouse")}
        settings = Settings.from_environment(environment | {"CSC_PSEUDONYM_KEY": KEY})
        done = Benchmark(council, busy, settings.months, size_of(landing))
        done.night = do_night(settings, environment, folder, "night", console)
        done.next_night = do_night(settings, environment, folder, "next night", console)
        done.rows = last_report(settings.warehouse_dir)["rows_loaded"]
        find_floors(settings.warehouse_dir, folder, done, console)
        ask_engines(settings.warehouse_dir, folder, done, console)
    text = render(done)
    if write:
        write.parent.mkdir(parents=True, exist_ok=True)
        write.write_text(text, encoding="utf-8")
        console.print(f"Wrote {write}")
    else:
        console.print(text)


def do_night(
    settings: Settings, environment: Mapping[str, str], folder: Path, name: str, console: Console
) -> dict[str, Spent]:
    """Do a night, the first or another on the same extracts, and return what each part of it spent."""
    sizes: dict[str, int] = {}

    def heard(line: str) -> None:
        if told := TOLD.match(line):
            sizes[told[1]] = size_of(settings.warehouse_dir)

    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CSC_", "DBT_"))}
    measures = Path(sys.executable).with_name("measures")
    night = watch(
        [measures, "nightly"],
        folder / "night.log",
        {**inherited, **environment, "CSC_PSEUDONYM_KEY": KEY},
        heard,
    )
    if night.exit_code not in (ExitCode.PUBLISHED, ExitCode.PUBLISHED_WITH_SET_ASIDE):
        said = (folder / "night.log").read_text(encoding="utf-8").splitlines()
        raise Stop(night.exit_code, "The night did not publish, so that there is nothing to time.", said)
    parts = parts_of(night, last_report(settings.warehouse_dir)["seconds"]["pages"], sizes)
    for part, spent in parts.items():
        tell(console, f"{name}: {part}", spent)
    return parts


def last_report(warehouse: Path) -> dict[str, Any]:
    """Return the report of the latest night."""
    report: dict[str, Any] = json.loads(max(warehouse.glob(f"logs/*/{REPORT}")).read_text(encoding="utf-8"))
    return report


def parts_of(night: Watched, of_pages: float, sizes: Mapping[str, int]) -> dict[str, Spent]:
    """
    Divide a night by the lines that it printed when its parts were done.

    The pages are written in the midst of publishing, for so many seconds (`of_pages`) before their line.
    """
    at = {told[1]: when for when, line in night.lines if (told := TOLD.match(line))}
    end = night.spent.wall
    pages = at["pages"] - of_pages
    return {
        START: night.between(0.0, at["Run"], sizes["Run"]),
        "landing": night.between(at["Run"], at["landing"], sizes["landing"]),
        "dbt": night.between(at["landing"], at["dbt"], sizes["dbt"]),
        "publish": night.between(at["dbt"], pages) + night.between(at["pages"], end, sizes["publish"]),
        "pages": night.between(pages, at["pages"], sizes["pages"]),
        IN_ALL: Spent(end, night.spent.processor, night.spent.memory, max(sizes.values())),
    }


def find_floors(warehouse: Path, folder: Path, done: Benchmark, console: Console) -> None:
    """Do each large part of the night without all that surrounds it."""
    generation = what_is_served(warehouse)
    sources = {
        "landing": warehouse / "runs" / generation.name / "raw",
        "building": warehouse,
        "publishing": generation,
    }
    for part, source in sources.items():
        to = folder / f"floor_{part}"
        to.mkdir()
        database = to / DATABASE
        command = [sys.executable, "-m", "csc_measures.bench.floors", part, source, database]
        watched = watch(command, folder / "floor.log")
        check_ended(watched, f"The floor of {part}", folder / "floor.log")
        if part == "building":
            check_same(database, generation)
        spent = watched.spent
        done.floors[part] = Spent(spent.wall, spent.processor, spent.memory, size_of(to) or None)
        tell(console, f"floor: {part}", done.floors[part])
        shutil.rmtree(to)


def check_same(database: Path, generation: Path) -> None:
    """Stop with 30 unless a database that the SQL alone has built holds the numbers that are published."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted(database)}' as measures (read_only)")
        connection.execute(f"attach '{quoted(generation / DATABASE)}' as published (read_only)")
        others = [
            f"marts.{mart}"
            for mart in OUTCOMES
            if fingerprint(connection, f"measures.marts.{mart}")
            != fingerprint(connection, f"published.marts.{mart}")
        ]
    if others:
        raise Stop(ExitCode.CHECK_FAILED, "The SQL alone builds other numbers than the night.", others)


def ask_engines(warehouse: Path, folder: Path, done: Benchmark, console: Console) -> None:
    """Let each engine that is here work out the measures, and hold what comes of it against the marts."""
    published, given = what_is_asked(warehouse)
    given.write(folder / "given.json")
    for engine in MODULES:
        if lack := lacking(engine):
            done.left_out.append(lack)
            console.print(lack)
            continue
        log = folder / "engine.log"
        command = [sys.executable, "-m", "csc_measures.bench.engines.run", engine, folder / "given.json"]
        watched = watch(command, log)
        check_ended(watched, engine, log)
        done.engines[engine], counted = answers_of(watched)
        check_equal(engine, counted, published)
        tell(console, f"five measures: {engine}", watched.spent)


def what_is_asked(warehouse: Path) -> tuple[dict[int, Counted], Given]:
    """Return what the night published of each measure, by month, and what an engine is given."""
    generation = what_is_served(warehouse)
    run = published_runs(warehouse)[-1]
    with duckdb.connect(generation / DATABASE, read_only=True) as connection:
        union = " union all by name ".join(f"from marts.{mart}" for mart in OUTCOMES)
        rows = connection.execute(
            f"select measure_number, statistic, period_end, numerator, denominator from ({union}) "
            "where is_headline and period_type = 'month' and breakdown = 'all' "
            "and value_status <> 'not_loaded' and list_contains(?, measure_number) order by all",
            [list(NUMBERS)],
        ).fetchall()
    published: dict[int, Counted] = {}
    headlines = {}
    for number, statistic, end, numerator, denominator in rows:
        headlines[number] = statistic
        published.setdefault(number, {})[end] = (numerator, denominator)
    ends = tuple(sorted({end for counted in published.values() for end in counted}))
    parameters = json.loads(run.parameters)
    landed = (warehouse / "landed").resolve()
    return published, Given(landed, ends, parameters, run.authority, generation, headlines)


def answers_of(watched: Watched) -> tuple[dict[int | str, Spent], dict[int, Counted]]:
    """Return what each measure took and what it came to, from the lines that an engine has printed."""
    spent: dict[int | str, Spent] = {}
    found: dict[int, Counted] = {}
    before = 0.0
    for when, line in watched.lines:
        answer = json.loads(line)
        number = answer.get("measure")
        spent[START if number is None else number] = watched.between(before, when)
        if number is not None:
            found[number] = {date.fromisoformat(end): (n, of) for end, n, of in answer["counted"]}
        before = when
    spent[IN_ALL] = watched.spent
    return spent, found


def check_equal(engine: str, counted: Mapping[int, Counted], published: Mapping[int, Counted]) -> None:
    """Stop with 30 unless an engine comes to what was published, in each month of each measure."""
    others = list(differing(counted, published))
    if others:
        raise Stop(
            ExitCode.CHECK_FAILED,
            f"{engine} comes to other numbers than those published.",
            others,
            f"Compare the functions of {MODULES[engine]} with the definitions.",
        )


def differing(counted: Mapping[int, Counted], published: Mapping[int, Counted]) -> Iterable[str]:
    """Name each measure and month in which numerator or denominator differ; without a case both are 0."""
    for number, months in published.items():
        for end, (numerator, denominator) in months.items():
            nothing = (0, None if denominator is None else 0)
            if counted[number].get(end, nothing) != (numerator, denominator):
                yield f"measure {number}, {end:%Y-%m}"


def lacking(engine: str) -> str:
    """Say in a line what is to be installed for an engine; nothing where it is here."""
    package = engine.lower()
    if not find_spec(package):
        return f"{engine} is left out, since it is not installed: {INSTALL}"
    if engine == "PySpark" and java_version() < JAVA:
        return (
            f"{engine} is left out, since it needs Java {JAVA}: apt-get install openjdk-{JAVA}-jre-headless"
        )
    return ""


def java_version() -> int:
    """Return the version of Java that Spark would find, 0 where there is none."""
    home = os.environ.get("JAVA_HOME")
    with suppress(OSError):
        java = Path(home) / "bin" / "java" if home else "java"
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
        if version := re.search(r'version "(\d+)', said):
            return int(version[1])
    return 0


def check_ended(watched: Watched, what: str, log: Path) -> None:
    """Stop with 30 unless a command has ended well; of its error the kind is told, which quotes no row."""
    if watched.exit_code:
        last = (log.read_text(encoding="utf-8").splitlines() or [""])[-1]
        kind, _, _ = last.partition(":")
        raise Stop(ExitCode.CHECK_FAILED, f"{what} ended early, with {watched.exit_code}.", [kind])


def tell(console: Console, what: str, spent: Spent) -> None:
    """Print what a thing has spent."""
    console.print(
        f"{what:<25}{spent.wall:8.1f} s{spent.processor:8.1f} s of processor{spent.memory >> 20:8,} MiB"
    )
