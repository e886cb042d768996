"""
What the tests share: the command line, a night on the invented return and nights on small invented councils.

A night takes most of a minute, so each is done once for all tests; a test that changes a warehouse copies it.
"""

from __future__ import annotations

import csv
import gc
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import duckdb
import pytest
from filelock import FileLock
from rich.console import Console

import readme
from csc_measures.contract.extracts import read_contract
from csc_measures.definitions import register
from csc_measures.definitions.parameters import read_parameters, values_in_force
from csc_measures.demo import write_council
from csc_measures.night import (
    artefacts,
    building,
    editions,
    expectations,
    generations,
    guards,
    nightly,
    publish,
    scorecard,
)
from csc_measures.night.said import carried
from csc_measures.night.shared.before import KEPT
from csc_measures.project import PROJECT
from csc_measures.settings import Settings
from csc_measures.sql import quoted
from csc_measures.stop import ExitCode
from invented_return import write_invented_return
from recomputation.perturb import perturb

T = TypeVar("T")
Once = Callable[..., T]

KEY = "the key of the tests, kept nowhere else"
RETURN_AS_AT = date(2025, 5, 14)
COUNCIL_AS_AT = date(2026, 4, 14)
COUNCIL_CHILDREN = 3_000
RETURN_MONTHS = 3
COUNCIL_MONTHS = 13
UNTIDY_CHILDREN = 1_500
UNTIDY_MONTHS = 4
UNTIDY_SEED = 1
CODES_SHOWN_OR_KEPT = ("sex", "service_area", "referral_source", "rec", "cl_eligibility", "oc3_in_touch")
CODES_SHOWN_OR_KEPT += ("oc3_activ", "care_plan_status_status", "cin_plan_status_status")
TEAM_MAP = "local_team_service_areas"
OF_THE_NIGHT = {"runs", *carried.descriptions()}  # marts that go on from night to night
SHARED_EDITION = "csc_measures.night.shared.beside"
MISPLACED = "Zqx Misplaced"  # a name where a code or a team should be

# Two processes of pytest side by side have a core each: one thread costs a fifth less than one for each core.
# DuckDB has no variable of its own for that, and goes by Slurm's.
os.environ |= dict.fromkeys(("SLURM_CPUS_ON_NODE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
gc.set_threshold(1_000_000)  # or a fifth of what tests in Python take would go into looking for cycles
os.fsync = lambda _: None  # no test cuts the power, and a night waits for the disk more than a hundred times


@dataclass(frozen=True)
class Place:
    """A landing folder and a warehouse, what a run there reports, and how the last command ended."""

    landing: Path
    warehouse: Path
    as_at: date
    months: int = RETURN_MONTHS
    result: subprocess.CompletedProcess[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a run here."""
        return {
            "CSC_LANDING_DIR": str(self.landing),
            "CSC_WAREHOUSE_DIR": str(self.warehouse),
            "CSC_AS_AT": self.as_at.isoformat(),
            "CSC_MONTHS": str(self.months),
            "CSC_PSEUDONYM_KEY": KEY,
        }

    def query(self, sql: str) -> list[tuple]:
        """Ask the published warehouse, as a reader does who may see the numbers and the evidence."""
        with generations.reading(self.warehouse) as connection:
            return connection.execute(sql).fetchall()

    def contents(self, *, of: str = "%", but: Container[str] = OF_THE_NIGHT) -> dict[str, tuple[int, int]]:
        """Return the rows and a sum of row hashes of each published mart, but those that tell of nights."""
        with generations.reading(self.warehouse) as connection:
            names = connection.execute(
                "select table_name from duckdb_tables() "
                f"where schema_name = 'marts' and table_name like '{of}'"
            ).fetchall()
            return {
                name: publish.fingerprint(connection, f"marts.{name}") for (name,) in names if name not in but
            }


def run_measures(
    *arguments: object,
    environment: dict[str, str] | None = None,
    processors: int | None = None,
    folder: Path = PROJECT,
) -> subprocess.CompletedProcess[str]:
    """Run the command line as an operator does, in a folder; with `processors`, on so many of them."""
    command = ["measures", *arguments]
    if processors:
        command = ["taskset", "--cpu-list", f"0-{processors - 1}", *command]
    return run(*command, environment=environment, folder=folder)


def without_network() -> list[str]:
    """Return what goes before a command so that it has no network; nothing where that is not allowed."""
    for unshare in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        if (
            shutil.which("unshare")
            and subprocess.run([*unshare, "true"], capture_output=True).returncode == 0
        ):
            return unshare
    return []


def run(
    *command: object,
    environment: dict[str, str] | None = None,
    folder: Path = PROJECT,
    watched: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """
    Run a command of the project's environment in a clone of it, with that clone's code and no settings.

    With `watched` it has no network, where this machine lets us take it away, and a file of that name tells
    of each Python program that ran and of each attempt to reach somebody.
    """
    code = [str(folder / "scripts")]
    if watched:
        code.insert(0, str(PROJECT / "tests" / "watched"))
        environment = {**(environment or {}), "WATCHED": str(watched)}
        command = (*without_network(), *command)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CSC_", "DBT_"))}
    programs = Path(sys.executable).parent
    return subprocess.run(
        list(map(str, command)),
        env={
            **inherited,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(code),
            **(environment or {}),
        },
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def copy_project(clone: Path) -> Path:
    """Copy what a clone would hold, were everything committed; return the folder."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for name in names.split("\0"):
        if name and (PROJECT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, clone / name)
    return clone


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let nights be kept and used again, while the code that they were done with stays as it is."""
    parser.addoption("--kept", help="folder that keeps the nights of the tests for the next run")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Begin with the README, which takes longest: at the end one process would wait for the other.

    The council's night that it begins with is read last: a process that came to it would wait, too.
    """

    def place(item: pytest.Item) -> tuple[bool, bool]:
        return item.path.name != "test_readme.py", "council_night" in getattr(item, "fixturenames", ())

    items.sort(key=place)


@pytest.fixture(scope="session")
def done_once(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Once:
    """
    Give a way to do a thing once for all of pytest's processes.

    The first does it, in a folder that it is given, with what else it needs; the others wait and read what
    came of it. With `--kept` it is done once for all runs of pytest that name the same folder.
    """
    shared = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        shared = shared.parent
    if request.config.option.kept:
        shared = Path(request.config.option.kept)
        shared.mkdir(parents=True, exist_ok=True)

    def do_once(do: Callable[..., T], *given: Path) -> T:
        folder, kept = shared / do.__name__, shared / f"{do.__name__}.pickle"
        with FileLock(f"{kept}.lock"):
            if not kept.exists():
                folder.mkdir()
                kept.write_bytes(pickle.dumps(do(folder, *given)))
        return pickle.loads(kept.read_bytes())

    return do_once


def a_parsed_project(folder: Path) -> Path:
    """Let dbt read the project as a night does; return the folder that keeps what it has read."""
    values = values_in_force(read_parameters(), {})
    arguments = building.common_arguments(values, folder / "target", folder / "logs")
    arguments.remove("--no-write-json")
    result = run("dbt", "parse", *arguments)
    assert result.returncode == 0, (folder / "logs" / "dbt.log").read_text()
    return folder / "target"


@pytest.fixture(scope="session")
def parsed(done_once: Once) -> Path:
    """Give the folder with what dbt has read of the project; a night that has it reads nothing anew."""
    return done_once(a_parsed_project)


@pytest.fixture(scope="session")
def models(parsed: Path) -> dict[str, dict]:
    """Give the models and snapshots of the project by name, as dbt knows them."""
    manifest = json.loads((parsed / "manifest.json").read_text())
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "snapshot")
    }


def make_warehouse(place: Place, parsed: Path) -> None:
    """Make the warehouse folder of a night that is to come, with what dbt has read already."""
    place.warehouse.mkdir(mode=0o700)
    shutil.copytree(parsed, place.warehouse / "target")


def a_night(folder: Path, parsed: Path) -> Place:
    """
    Import the invented return of one year and do the nightly job on it, with the README's commands.

    Its folders have names that others take for patterns, texts or markup, dbt is told of another project, and
    there is no network.
    """
    place = Place(folder / "landing [b]*", folder / "o'brien's wg[1] *", RETURN_AS_AT)
    make_warehouse(place, parsed)
    key = folder / "key of the tests"
    key.touch(mode=0o600)
    key.write_text(KEY, encoding="utf-8")
    landing = {"return/landing": place.landing}
    importing, nightly_job = readme.night_on_a_return()
    importing = readme.with_stand_ins(importing, landing | {"FOLDER": write_invented_return(folder / "2025")})
    stand_ins = {"return/warehouse": place.warehouse, "2018-04-14": RETURN_AS_AT, "pseudonym.key": key}
    nightly_job = readme.with_stand_ins(nightly_job, landing | stand_ins)
    imported = run("bash", "-c", importing)
    assert imported.returncode == 0, imported.stdout + imported.stderr
    environment = {
        "CSC_MONTHS": str(place.months),
        "DBT_RESOURCE_TYPES": "seed",
        "DBT_TARGET": "prod",
        "DBT_PROFILES_DIR": str(folder),
    }
    result = run("bash", "-c", nightly_job, environment=environment, watched=folder / "watched")
    assert result.returncode in (0, 10), result.stdout + result.stderr
    return replace(place, result=result)


def a_council_night(folder: Path, parsed: Path) -> Place:
    """Run README's first command in a fresh clone, on a small council."""
    clone = copy_project(folder / "clone")
    place = Place(clone / "demo" / "landing", clone / "warehouse", COUNCIL_AS_AT, COUNCIL_MONTHS)
    make_warehouse(place, parsed)
    result = run_measures("demo", "--children", COUNCIL_CHILDREN, environment=place.environment, folder=clone)
    assert result.returncode == 0, result.stdout + result.stderr
    return replace(place, result=result)


def misplace_names(landing: Path) -> None:
    """
    Put a name into the second row of every column of a team, or of a code that is shown or kept.

    The map of the teams is left alone: a team that it has is one.
    """
    for extract in read_contract().extracts.values():
        columns = [
            column.name
            for column in extract.columns
            if column.code_set in CODES_SHOWN_OR_KEPT
            or (column.refers_to == ("ssd_department", "dept_team_id") and extract.name != TEAM_MAP)
        ]
        file = landing / f"{extract.name}.csv"
        with file.open(encoding="utf-8", newline="") as text:
            rows = list(csv.DictReader(text))
        if columns and len(rows) > 1:
            rows[1] |= dict.fromkeys(columns, MISPLACED)
            with file.open("w", encoding="utf-8", newline="") as text:
                writer = csv.DictWriter(text, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)


def an_untidy_night(folder: Path, parsed: Path) -> Place:
    """Do the nightly job on perturbed extracts of a small council, with names where none should be."""
    place = Place(folder / "landing", folder / "warehouse", COUNCIL_AS_AT, UNTIDY_MONTHS)
    make_warehouse(place, parsed)
    write_council(folder / "tidy", children=UNTIDY_CHILDREN, as_at=COUNCIL_AS_AT)
    perturb(folder / "tidy", place.landing, UNTIDY_SEED, "strong")
    misplace_names(place.landing)
    result = run_measures("nightly", environment=place.environment)
    assert result.returncode in (0, 10), result.stdout + result.stderr
    return replace(place, result=result)


@pytest.fixture(scope="session")
def night(done_once: Once, parsed: Path) -> Place:
    """Give a night on the invented return; to be read only."""
    return done_once(a_night, parsed)


@pytest.fixture(scope="session")
def council_night(done_once: Once, parsed: Path) -> Place:
    """Give a night on a small invented council; to be read only."""
    return done_once(a_council_night, parsed)


@pytest.fixture(scope="session")
def untidy_night(done_once: Once, parsed: Path) -> Place:
    """Give a night on a small invented council with perturbed extracts; to be read only."""
    return done_once(an_untidy_night, parsed)


def copy_but_pages(source: str, to: str) -> None:
    """Copy a file; a page, which no test damages and of which there are hundreds, is linked."""
    (os.link if source.endswith(".html") else shutil.copy2)(source, to)


@pytest.fixture
def copied_night(night: Place, tmp_path: Path) -> Place:
    """Copy the night on the invented return, to be changed at will, without what dbt has read there."""
    copied = replace(night, landing=tmp_path / "landing", warehouse=tmp_path / night.warehouse.name)
    without = shutil.ignore_patterns("target")
    shutil.copytree(
        night.warehouse, copied.warehouse, symlinks=True, ignore=without, copy_function=copy_but_pages
    )
    shutil.copytree(night.landing, copied.landing)
    return copied


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[None]:
    """Put a file system of its own into a folder, in memory; skip the test where that is not allowed."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"mode=700,{options}", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this machine does not let a test mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


# --- Nights that publish what is served already, in two seconds


@pytest.fixture
def built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a night publish a copy of the marts that are served already, in place of what dbt would build."""
    build_what_is_served(monkeypatch)


def build_what_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Let nights build a copy of the marts that are served already, without dbt, and write no pages of it.

    They read the definitions once for all, and take the shared edition from there, too.
    """

    def build(_dbt: object, _landed: Path, _values: object, target: Path, *_: object) -> building.Build:
        warehouse = target.parent
        (warehouse / "building" / artefacts.FOLDER).mkdir()
        with duckdb.connect() as connection:
            connection.execute(f"attach '{quoted(warehouse / 'building' / editions.DATABASE)}' as built")
            connection.execute("create schema built.marts")
            for edition in editions.EDITIONS:
                editions.attach(connection, generations.served(warehouse), edition, "read_only")
                for mart in publish.marts_of(connection, edition.catalog):
                    if mart not in OF_THE_NIGHT:
                        connection.execute(f"create table built.marts.{mart} as from {edition.table(mart)}")
        return building.Build({}, 0.0, {})

    started, definitions = nightly.Night.beside, cache(register.read_definitions)
    for module in (nightly, register):
        monkeypatch.setattr(module, "read_definitions", definitions)
    monkeypatch.setattr(building, "prepare", lambda *_: None)
    monkeypatch.setattr(building, "build", build)
    monkeypatch.setattr(scorecard, "write_pages", lambda *_: None)
    not_started = {"csc_measures.night.building": nullcontext(), SHARED_EDITION: nullcontext(SharedAgain())}
    monkeypatch.setattr(
        nightly.Night, "beside", lambda night, module: not_started.get(module) or started(night, module)
    )


@pytest.fixture
def without_dbt(built_again: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - it acts
    """Let a night publish what is served already, without companions: every expectation holds."""
    work_alone(monkeypatch)


class SharedAgain:
    """Gives out the shared edition that is served already, in place of one that a companion would make."""

    def order(self, *, generation: str, before: str, **_: Any) -> None:
        """Copy it, without its pages."""
        shutil.copy(Path(before, KEPT), generation)
        folder, without = Path(before, editions.SHARED_FOLDER), shutil.ignore_patterns("scorecard")
        shutil.copytree(folder, Path(generation, folder.name), ignore=without)
        with duckdb.connect() as connection:
            editions.attach(connection, Path(generation), editions.SHARED, "read_only")
            tables = {
                name: editions.SHARED.table(name)
                for name in publish.marts_of(connection, editions.SHARED.catalog)
            }
            self.tables = {name: publish.fingerprint(connection, table) for name, table in tables.items()}

    def answer(self) -> dict:
        """Say what it holds."""
        return {"tables": self.tables}


def work_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nights start no companion: every expectation holds, and its pages are a folder without any."""
    deaf = SimpleNamespace(order=lambda docs, **_: Path(docs).mkdir(exist_ok=True))
    monkeypatch.setattr(
        nightly.Night,
        "beside",
        lambda _, module: nullcontext(SharedAgain() if module == SHARED_EDITION else deaf),
    )
    monkeypatch.setattr(expectations, "judge", lambda *_: 0)


def do_night(place: Place, reasons: guards.Reasons | None = None) -> ExitCode:
    """Do the nightly job in this process."""
    return nightly.nightly(Settings.from_environment(place.environment), Console(quiet=True), reasons)
