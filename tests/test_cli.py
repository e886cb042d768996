"""The command line: help, exit codes, and what is said when something goes wrong."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from conftest import Place, run, run_measures
from csc_measures import status
from csc_measures.night import disk, editions, generations, spark
from csc_measures.project import check_project
from csc_measures.status import show_extracts, show_run
from csc_measures.stop import ExitCode, InertConsole, Stop, explain
from invented_return import write_invented_return

CANARY = "ZQX Canary"


def test_help_names_every_command_and_exit_code() -> None:
    result = run_measures("--help")
    assert result.returncode == 0
    for word in (
        "nightly",
        "land",
        "demo",
        "agreement",
        "import",
        "pull",
        "explain",
        "new",
        "export",
        "serve",
        "status",
        "40 another run holds the warehouse",
    ):
        assert word in result.stdout


@pytest.mark.parametrize("arguments", [["unheard-of"], ["demo", "--children", "many"], ["import", "ssda903"]])
def test_wrong_usage_is_a_wrong_setting(arguments: list[str]) -> None:
    assert run_measures(*arguments).returncode == 60


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("CSC_PSEUDONYM_KEY", ""),
        ("CSC_AS_AT", "31/03/2026"),
        ("CSC_MONTHS", "many"),
        ("CSC_AUTHORITY", "Worcestershire"),
        ("CSC_ALLOW_MISSING", "ssd_persons"),
        ("CSC_SPARK_MASTER", "local"),
        ("CSC_LANDING_DIR", "no/such/folder"),
    ],
)
@pytest.mark.fault("F70")
def test_a_wrong_setting_is_named(setting: str, value: str, tmp_path: Path) -> None:
    place = Place(tmp_path / "landing", tmp_path / "warehouse", date(2026, 3, 31))
    place.landing.mkdir()
    result = run_measures("nightly", environment={**place.environment, setting: value})
    assert result.returncode == 60
    assert (setting if value != "no/such/folder" else value) in result.stderr


@pytest.mark.parametrize(("found", "typed"), [(None, "uv sync --locked --extra spark"), (True, "openjdk-17")])
def test_spark_says_what_it_lacks(
    found: object, typed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda _: found)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(Stop) as stop:
        spark.check_installed()
    assert stop.value.code == ExitCode.WRONG_SETTINGS
    assert typed in stop.value.next_step


def test_status_tells_what_was_published(night: Place) -> None:
    result = run_measures("status", environment=night.environment)
    assert result.returncode == 0
    assert f"As at {night.as_at}" in result.stdout
    assert "safe_from_harm" in result.stdout
    assert "Extracts not loaded (" in result.stdout
    assert "local_case_audits" in result.stdout
    assert "Not loaded in the last month:" in result.stdout


def test_status_names_what_was_not_read(night: Place) -> None:
    [run] = generations.published_runs(night.warehouse)
    console = Console(record=True, width=200, file=io.StringIO())
    show_extracts(replace(run, unread_files='["local_posts (1).csv", "[bold].txt"]'), console)
    told = console.export_text()
    assert "Not read: local_posts (1).csv (is it local_posts, which is absent?)" in told
    assert "Not read: [bold].txt\n" in told


@pytest.mark.parametrize(("hours", "is_old"), [(35, False), (37, True)])
def test_status_says_that_the_last_night_is_long_past(hours: int, is_old: bool, night: Place) -> None:
    [run] = generations.published_runs(night.warehouse)
    console = Console(record=True, width=200, file=io.StringIO())
    run = replace(run, finished_at=disk.utc_now() - timedelta(hours=hours))
    show_run(run, [run], console)
    assert ("older than a night" in console.export_text()) == is_old


def test_a_measure_without_a_definition_is_not_tried(copied_night: Place) -> None:
    result = run_measures("try", 999, environment=copied_night.environment)
    assert result.returncode == ExitCode.WRONG_SETTINGS
    assert "No definition has the number 999." in result.stderr


def test_nothing_can_be_tried_before_extracts_are_landed(tmp_path: Path) -> None:
    result = run_measures("try", 23, environment={"CSC_WAREHOUSE_DIR": str(tmp_path)})
    assert result.returncode == ExitCode.WRONG_SETTINGS
    assert "measures land" in result.stderr


def test_versions_are_told() -> None:
    assert "dbt-core" in run_measures("--version").stdout


def test_status_of_an_empty_warehouse_is_a_wrong_setting(tmp_path: Path) -> None:
    result = run_measures("status", environment={"CSC_WAREHOUSE_DIR": str(tmp_path)})
    assert result.returncode == 60
    assert "measures nightly" in result.stderr


def keep_no_evidence_apart(generation: Path) -> None:
    for name in ("evidence.duckdb", "evidence"):
        path = generation / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def count_no_findings(generation: Path) -> None:
    file = generation / "evidence.duckdb"
    file.chmod(0o600)
    with duckdb.connect(file) as connection:
        connection.execute("alter table marts.data_quality drop column n_findings")


@pytest.mark.parametrize("publish_otherwise", [keep_no_evidence_apart, count_no_findings])
def test_status_says_that_another_version_has_published(
    publish_otherwise: Callable[[Path], None], copied_night: Place
) -> None:
    generation = generations.served(copied_night.warehouse)
    publish_otherwise(generation)
    sums = generation / editions.CHECKSUMS
    sums.chmod(0o600)
    sums.unlink()
    digests = disk.digests(generation)
    sums.write_text("".join(f"{digest}  {name}\n" for name, digest in digests.items()))
    with pytest.raises(Stop, match="another version of this project") as stop:
        status.status(copied_night.warehouse, Console(quiet=True))
    assert stop.value.code == ExitCode.WRONG_SETTINGS
    assert "measures nightly" in stop.value.next_step


def test_import_writes_extracts_and_a_whole_report(tmp_path: Path) -> None:
    folder = write_invented_return(tmp_path / "2025")
    report = tmp_path / "report.json"
    result = run_measures("import", "ssda903", folder, "--to", tmp_path / "landing", "--report", report)
    assert result.returncode in (0, 10), result.stderr
    assert (tmp_path / "landing" / "coverage.csv").is_file()
    assert json.loads(report.read_text(encoding="utf-8"))["years"] == [2025]
    assert f"CSC_LANDING_DIR={tmp_path / 'landing'} CSC_AS_AT=2025-03-31 measures nightly" in result.stdout


def test_a_folder_that_is_no_return_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text(CANARY, encoding="utf-8")
    result = run_measures("import", "ssda903", tmp_path, "--to", tmp_path / "landing")
    assert result.returncode == 60
    assert CANARY not in result.stdout + result.stderr


def test_the_demo_refuses_a_folder_with_other_files(tmp_path: Path) -> None:
    (tmp_path / "demo" / "landing").mkdir(parents=True)
    (tmp_path / "demo" / "landing" / "ssd_person.csv").write_text("pers_person_id\n1\n", encoding="utf-8")
    result = run_measures("demo", "--extracts-only", folder=tmp_path)
    assert result.returncode == 60
    assert "ssd_person.csv" in result.stderr


def test_the_demo_replaces_no_real_measures(night: Place, tmp_path: Path) -> None:
    environment = {"CSC_WAREHOUSE_DIR": str(night.warehouse)}
    result = run_measures("demo", environment=environment, folder=tmp_path)
    assert result.returncode == 60
    assert "CSC_WAREHOUSE_DIR=demo/warehouse" in result.stderr
    assert not (tmp_path / "demo").exists()


def caused_by(cause: Exception) -> Exception:
    """Give an error as a library raises it that says in its own words what went wrong below it."""
    error = ValueError(CANARY)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, CANARY), ExitCode.OUT_OF_RESOURCES),
        (MemoryError(CANARY), ExitCode.OUT_OF_RESOURCES),
        (RuntimeError(f"Out of Memory Error: {CANARY}"), ExitCode.OUT_OF_RESOURCES),
        (OSError(errno.EMFILE, CANARY), ExitCode.OUT_OF_RESOURCES),
        (OSError(errno.EFBIG, CANARY), ExitCode.OUT_OF_RESOURCES),
        (BlockingIOError(errno.EAGAIN, CANARY), ExitCode.OUT_OF_RESOURCES),
        (RuntimeError("can't start new thread"), ExitCode.OUT_OF_RESOURCES),
        (caused_by(MemoryError(CANARY)), ExitCode.OUT_OF_RESOURCES),
        (caused_by(PermissionError(errno.EACCES, CANARY)), ExitCode.WRONG_SETTINGS),
        (PermissionError(errno.EACCES, CANARY), ExitCode.WRONG_SETTINGS),
        (ValueError(CANARY), ExitCode.CHECK_FAILED),
    ],
)
def test_an_unexpected_error_has_a_code_and_no_words(error: Exception, code: ExitCode) -> None:
    stop = explain(error)
    assert stop.code == code
    assert CANARY not in str(stop)


def test_a_copy_of_the_package_without_its_project_says_so(tmp_path: Path) -> None:
    with pytest.raises(Stop) as stop:
        check_project(tmp_path)
    assert stop.value.code == ExitCode.WRONG_SETTINGS
    assert "clone of the project" in stop.value.next_step


OPENS_FOR_WRITING = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_a_program_that_has_a_file_open_for_writing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "measures.duckdb"
    command = [sys.executable, "-c", OPENS_FOR_WRITING, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(duckdb.IOException) as error:
            duckdb.connect(file, read_only=True)
        stop = explain(error.value)
        other.stdin.close()
    assert stop.code == ExitCode.WAREHOUSE_HELD
    assert stop.where == (str(file), f"PID {other.pid}")
    assert "read-only" in stop.next_step


# --- Signals, and a standard output that is closed

IN_AN_IMPORT = """
import os, signal, sys
from csc_measures import command

class Finder:
    def find_spec(self, name, *_):
        if name == "csc_measures.settings":
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, Finder())
command.main()
"""

TURNED_INTO_ANOTHER_ERROR = """
import os, signal
from csc_measures import cli, command

def interrupted():
    try:
        os.kill(os.getpid(), {number})
    except SystemExit:
        os.kill(os.getpid(), {number})  # an impatient operator
        raise AttributeError

cli.commands = interrupted
command.main()
"""

SWALLOWED = """
import os, time
from csc_measures import cli, command

def interrupted():
    try:
        os.kill(os.getpid(), {number})
    except SystemExit:
        pass
    try:
        time.sleep(60)
    finally:
        time.sleep(0.5)  # what is put in order is not disturbed
        print("in order", flush=True)

cli.commands = interrupted
command.main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("program", [IN_AN_IMPORT, TURNED_INTO_ANOTHER_ERROR, SWALLOWED])
@pytest.mark.fault("F52")
def test_a_signal_ends_a_command_with_its_code_whatever_it_interrupts(
    program: str, number: signal.Signals
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", program.format(number=int(number))],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    assert ended.returncode == 128 + number
    assert ended.stdout == ("in order\n" if program == SWALLOWED else "")
    assert ended.stderr == "Ended by a signal. What was published last stays published, whole.\n"


def test_a_signal_that_the_caller_ignores_stays_ignored() -> None:
    """As with nohup."""
    ended = subprocess.run(
        [sys.executable, "-c", IN_AN_IMPORT.format(number=int(signal.SIGHUP)), "--version"],
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert ended.returncode == ExitCode.PUBLISHED


@pytest.mark.parametrize("how", [">&-", "2>&-", ">&- 2>&- <&-", "| true; exit ${PIPESTATUS[0]}"])
@pytest.mark.parametrize(
    ("arguments", "code"), [("--version", 0), ("--help", 0), ("status", ExitCode.WRONG_SETTINGS)]
)
def test_a_closed_output_ends_no_command(how: str, arguments: str, code: int, tmp_path: Path) -> None:
    environment = {"CSC_WAREHOUSE_DIR": str(tmp_path)}
    assert run("bash", "-c", f"measures {arguments} {how}", environment=environment).returncode == code


def test_nobody_reading_does_not_end_what_is_being_done() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as nobody:
        console = InertConsole(file=nobody)
        for _ in range(3):
            console.print("told to nobody")
