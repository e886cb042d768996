"""The night from end to end, and that readers see one whole generation whatever happens to it."""

from __future__ import annotations

import csv
import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from conftest import KEY, Place, do_night, run, run_measures
from csc_measures import memory
from csc_measures.contract.rules import Measured
from csc_measures.demo import write_council
from csc_measures.night import (
    building,
    companion,
    dbt_pages,
    disk,
    editions,
    generations,
    nightly,
    publish,
    warehouse,
)
from csc_measures.sql import pattern, quoted
from csc_measures.stop import ExitCode, Stop

OUTCOMES = ("safe_from_harm", "full_potential", "positive_contribution", "healthy_lives")
MARTS = {*OUTCOMES, *(f"{outcome}_evidence" for outcome in OUTCOMES)} | {
    "measures",
    "comparators",
    "signals",
    "scorecard",
    "dim_measure",
    "dim_period",
    "dim_breakdown",
    "fct_measure_value",
    "narrative_evidence",
    "data_quality",
    "runs",
    "agreement",
    "published",
    "restatements",
    "restatements_evidence",
    "lineage",
    "quality_by_run",
}
CASES = {"data_quality", *(mart for mart in MARTS if mart.endswith("_evidence"))}
PROJECT = Path(__file__).parent.parent


# --- From return to mart


def test_every_mart_of_the_contract_is_published(night: Place) -> None:
    tables = night.query("select table_name from duckdb_tables() where schema_name = 'marts'")
    assert {name for (name,) in tables} == MARTS
    assert {file.stem for file in (night.warehouse / "parquet").iterdir()} == MARTS - CASES
    assert {file.stem for file in (night.warehouse / "evidence").iterdir()} == CASES


def test_the_star_has_every_number_once_and_all_its_keys_join(night: Place) -> None:
    [(n_numbers,)] = night.query(
        f"select {' + '.join(f'(select count(*) from {each})' for each in OUTCOMES)}"
    )
    joined = (
        "from fct_measure_value join dim_measure using (measure_key) join dim_period using (period_key) "
        "join dim_breakdown using (breakdown_key)"
    )
    assert night.query(
        f"select count(*), count(distinct (measure_key, period_key, breakdown_key)) {joined}"
    ) == [(n_numbers, n_numbers)]


def test_the_scorecard_has_every_headline_in_every_period_and_says_it_in_a_sentence(night: Place) -> None:
    rows = night.query(
        "select measure_number, count(*), count(sentence), count(distinct period_end) from scorecard "
        "where service_area = 'all' group by all"
    )
    [(n_headlines, n_months)] = night.query(
        "select count(*), (select count(distinct period_end) from dim_period) from measures where is_headline"
    )
    assert len(rows) == n_headlines
    assert {row[1:] for row in rows} == {(3 * n_months, 3 * n_months, n_months)}


def test_the_database_of_the_numbers_holds_no_case(night: Place) -> None:
    """Nor do the columns of its tables name one: who may read the numbers alone learns of nobody."""
    for database, marts in (("measures.duckdb", MARTS - CASES), ("evidence.duckdb", CASES)):
        with duckdb.connect(night.warehouse / database, read_only=True) as connection:
            columns = connection.execute(
                "select table_name, column_name from duckdb_columns() where schema_name = 'marts'"
            ).fetchall()
        assert {table for table, _ in columns} == marts
        has_case = any(column in ("case_id", "person_id", "line") for _, column in columns)
        assert has_case == (marts == CASES)


def test_looked_after_children_equal_a_count_from_the_return(night: Place) -> None:
    counted = looked_after_on(night.landing.parent / "2025", date(2025, 3, 31))
    published = night.query(
        "select numerator, value from marts.safe_from_harm where measure_number = 31 and statistic = 'count' "
        "and period_type = 'month' and period_end = '2025-03-31' and breakdown = 'all'"
    )
    assert published == [(len(counted), len(counted))]


def looked_after_on(folder: Path, day: date) -> set[str]:
    """Count from the return alone: under 18, in an episode on the day, no short breaks."""
    adults = {row["CHILD"] for row in rows_of(folder / "header.csv") if of_18(row["DOB"]) <= day}
    return {
        row["CHILD"]
        for row in rows_of(folder / "episodes.csv")
        if as_date(row["DECOM"]) <= day
        and (not row["DEC"] or as_date(row["DEC"]) > day)
        and row["LS"] not in ("V3", "V4")
    } - adults


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def as_date(text: str) -> date:
    day, month, year = map(int, text.split("/"))
    return date(year, month, day)


def of_18(born: str) -> date:
    day = as_date(born)
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(day.year + 18, 3, 1) if is_leap_day else day.replace(year=day.year + 18)


def test_evidence_adds_up_to_a_number(night: Place) -> None:
    where = "measure_number = 31 and statistic = 'count' and period_type = 'month'"
    assert night.query(
        f"select period_end, numerator from marts.safe_from_harm where {where} and breakdown = 'all' "
        "and value_status = 'ok' and numerator > 0 order by 1"
    ) == night.query(
        f"select period_end, count(*) filter (where in_numerator) from marts.safe_from_harm_evidence "
        f"where {where} group by 1 order by 1"
    )


def test_no_period_outside_the_return_has_a_value(night: Place) -> None:
    statuses = night.query(
        "select distinct value_status from marts.safe_from_harm where measure_number = 31 "
        "and period_type = 'month' and period_end > '2025-03-31'"
    )
    assert statuses == [("not_loaded",)]


def test_runs_say_what_was_read(night: Place) -> None:
    [(fingerprints, row_counts)] = night.query("select input_fingerprints, row_counts from marts.runs")
    assert json.loads(fingerprints) == {file.name: disk.sha256(file) for file in night.landing.glob("*.csv")}
    assert json.loads(row_counts) == {
        mart: n_rows for mart, (n_rows, _) in night.contents(but={"runs"}).items()
    }


def test_published_tables_and_columns_are_described(night: Place) -> None:
    assert (
        night.query(
            "select table_name, column_name from duckdb_columns() "
            "where schema_name = 'marts' and coalesce(comment, '') = ''"
        )
        == []
    )


def test_the_night_says_how_its_time_was_spent(night: Place) -> None:
    for part in ("landing", "dbt", "door", "marts", "publish", "in all"):
        assert re.search(rf"^{part} .* [0-9.]+ s$", night.result.stdout, re.MULTILINE), part


def test_what_no_delivered_extract_feeds_is_not_built(night: Place) -> None:
    built = int(re.search(r"(\d+) models", night.result.stdout)[1])
    assert 0 < built < len(list((PROJECT / "models").rglob("*.sql"))) / 2


@pytest.mark.fault("F72")
def test_a_night_tries_to_reach_nobody(night: Place) -> None:
    programs = (night.landing.parent / "watched").read_text().splitlines()
    assert len(programs) >= 3  # the night, dbt and Great Expectations
    assert set(programs) == {"watched"}


@pytest.mark.parametrize(
    "reach", ["socket.create_connection(('192.0.2.1', 80))", "socket.getaddrinfo('a', 1)"]
)
def test_whoever_tries_to_reach_somebody_is_seen(reach: str, tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(PROJECT / "tests" / "watched"), "WATCHED": str(tmp_path / "watched")}
    tried = run(sys.executable, "-c", f"import socket; {reach}", environment=environment)
    assert "Nobody may be reached here." in tried.stderr
    assert len((tmp_path / "watched").read_text().splitlines()) == 2


def test_no_id_postcode_or_key_is_seen(night: Place) -> None:
    upns = {row["UPN"] for row in rows_of(night.landing.parent / "2025" / "header.csv")} - {""}
    canaries = [text.encode() for text in (*sorted(upns)[:20], "QQ1", "QQ2", KEY)]
    seen = [night.result.stdout.encode(), night.result.stderr.encode()]
    folders = ("logs", "target", "generations")
    seen += [
        file.read_bytes()
        for name in folders
        for file in files_of(night.warehouse / name)
        # dbt's page has pictures in letters; all else that it tells stands in the artefacts of dbt
        if file.name != dbt_pages.DOCUMENTATION
    ]
    assert upns
    assert not [canary for canary in canaries for text in seen if canary in text]


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


# --- The same input, the same marts


@pytest.mark.fault("F46")
def test_a_night_repeated_on_another_machine_changes_nothing(
    copied_night: Place, parsed: Path, tmp_path: Path
) -> None:
    """Rows and columns in another order, one processor, more threads, another zone; snapshots stay, too."""
    shutil.copytree(parsed, copied_night.warehouse / "target")
    before, history = copied_night.contents(), history_of(copied_night)
    shuffled = replace(copied_night, landing=tmp_path / "shuffled")
    shuffle(copied_night.landing, shuffled.landing)
    environment = {**shuffled.environment, "TZ": "America/New_York", "SLURM_CPUS_ON_NODE": "3"}
    result = run_measures("nightly", environment=environment, processors=1)
    assert result.returncode in (0, 10), result.stdout + result.stderr
    after = shuffled.contents()
    assert len(generations.published_runs(shuffled.warehouse)) == 2
    lines, other_lines = before.pop("data_quality"), after.pop("data_quality")
    assert lines[0] == other_lines[0]  # as many findings; their lines differ
    assert before == after
    assert history == history_of(shuffled)


def history_of(place: Place) -> dict[str, list[tuple]]:
    """Return the rows of each snapshot that the served generation carries."""
    folder = generations.served(place.warehouse) / "history"
    return {file.name: duckdb.read_parquet(pattern(file)).fetchall() for file in sorted(folder.iterdir())}


def shuffle(landing: Path, shuffled: Path) -> None:
    """Copy extracts with their rows and columns in another order, always the same."""
    shuffled.mkdir()
    dice = random.Random(7)
    for file in sorted(landing.glob("*.csv")):
        rows = rows_of(file)
        dice.shuffle(rows)
        columns = dice.sample(list(rows[0]), len(rows[0])) if rows else []
        if not rows:
            shutil.copy(file, shuffled)
            continue
        with (shuffled / file.name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns)
            writer.writeheader()
            writer.writerows(rows)


# --- Faults: what was published last stays served, whole


def is_whole(place: Place, run_id: str) -> bool:
    """Tell whether readers see exactly the generation of a run, untouched, and no stray file lies about."""
    generations.check_served(place.warehouse)
    stray = [
        *place.warehouse.rglob("*.wal"),
        *place.warehouse.rglob("*.new"),
        *place.warehouse.rglob("build"),
    ]
    served_run = place.query("select max(run_id) from marts.runs")[0][0]
    kept = {folder.name for folder in disk.subfolders(place.warehouse / "generations")}
    known = {name for (name,) in place.query("select run_id from marts.runs")}
    return served_run == run_id and not stray and kept <= known


def last_run(place: Place) -> str:
    return generations.published_runs(place.warehouse)[-1].run_id


STEPS = (
    "nightly.land",
    "nightly.write_register",
    "publish.write_generation",
    "publish.copy_mart",
    "publish.write_runs",
    "publish.prove",
    "editions.seal",
    "nightly.check_marts",
    "generations.swap",
)


@pytest.mark.usefixtures("without_dbt")
@pytest.mark.fault("F65", "F66")
def test_a_full_disk_leaves_the_last_generation(copied_night: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """At any step; each night begins over what the one before has left."""
    served, before = last_run(copied_night), copied_night.contents()

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for step in STEPS:
        with monkeypatch.context() as patched:
            patched.setattr(f"csc_measures.night.{step}", fail)
            with pytest.raises(OSError, match="No space left"):
                do_night(copied_night)
        assert is_whole(copied_night, served), step
        assert copied_night.contents() == before, step
    assert do_night(copied_night) in (ExitCode.PUBLISHED, ExitCode.PUBLISHED_WITH_SET_ASIDE)
    assert copied_night.contents() == before


@pytest.mark.usefixtures("without_dbt")
@pytest.mark.fault("F51", "F53", "F54")
def test_a_kill_leaves_one_whole_generation(copied_night: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """At any step, the last of them after the swap; each night begins over what the one before has left."""
    served, before = last_run(copied_night), copied_night.contents()
    for step in (*STEPS, "generations.prune"):
        child = os.fork()
        if child == 0:
            monkeypatch.setattr(f"csc_measures.night.{step}", lambda *_, **__: os._exit(9))
            try:
                do_night(copied_night)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 9, step
        generations.check_served(copied_night.warehouse)
        assert copied_night.contents() == before, step
        assert (last_run(copied_night) == served) == (step != "generations.prune")
    do_night(copied_night)
    assert is_whole(copied_night, last_run(copied_night))
    assert copied_night.contents() == before


@pytest.mark.fault("F59")
def test_a_second_night_is_turned_away_at_once(copied_night: Place) -> None:
    with warehouse.hold(copied_night.warehouse):
        result = run_measures("nightly", environment=copied_night.environment)
    assert result.returncode == 40
    assert f"pid {os.getpid()} on " in result.stderr
    assert "started 20" in result.stderr


@pytest.mark.usefixtures("without_dbt")
@pytest.mark.fault("F60")
def test_a_lock_of_a_dead_run_is_taken_over(copied_night: Place) -> None:
    (copied_night.warehouse / "lock").write_text("pid 1 on elsewhere, started 2020-01-01 00:00:00 UTC")
    assert do_night(copied_night) in (ExitCode.PUBLISHED, ExitCode.PUBLISHED_WITH_SET_ASIDE)


@pytest.mark.usefixtures("without_dbt")
@pytest.mark.fault("F61")
def test_readers_see_one_generation_while_others_are_published(copied_night: Place) -> None:
    seen: list[bool] = []
    done = threading.Event()

    def read() -> None:
        while not done.wait(0.02):  # one that never rests leaves no processor to the night
            with duckdb.connect(copied_night.warehouse / "measures.duckdb", read_only=True) as connection:
                [(n_runs,)] = connection.execute("select count(*) from marts.runs").fetchall()
                [(n_rows,)] = connection.execute("select count(*) from marts.measures").fetchall()
                [(said,)] = connection.execute(
                    "select row_counts::json ->> 'measures' from marts.runs order by run_id desc limit 1"
                ).fetchall()
                seen.append(n_runs > 0 and n_rows == int(said))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(2):
            do_night(copied_night)
    finally:
        done.set()
        reader.join()
    assert len(seen) > 10
    assert all(seen)


@pytest.mark.usefixtures("without_dbt")
@pytest.mark.fault("F62")
def test_old_generations_are_pruned_but_never_the_served_one(
    copied_night: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generations, "KEPT_GENERATIONS", 2)
    for _ in range(2):
        do_night(copied_night)
    # whoever reads the first is given time
    assert len(disk.subfolders(copied_night.warehouse / "generations")) == 3
    monkeypatch.setattr(generations, "GRACE", timedelta(0))
    do_night(copied_night)
    kept = [folder.name for folder in disk.subfolders(copied_night.warehouse / "generations")]
    assert len(kept) == 2
    assert kept[-1] == last_run(copied_night)
    assert [folder.name for folder in disk.subfolders(copied_night.warehouse / "runs")] == kept
    assert len(generations.published_runs(copied_night.warehouse)) == 4


@pytest.mark.parametrize(("kept", "with_raw"), [(0, []), (1, ["3"]), (2, ["2", "3"]), (9, ["1", "2", "3"])])
def test_files_as_delivered_stay_with_the_latest_runs_only(
    tmp_path: Path, kept: int, with_raw: list[str]
) -> None:
    for run_id in ("1", "2", "3"):
        (tmp_path / "runs" / run_id / "raw").mkdir(parents=True)
        (tmp_path / "runs" / run_id / "landed").mkdir()
    generations.prune(tmp_path, kept)
    assert [path.parent.name for path in sorted(tmp_path.glob("runs/*/raw"))] == with_raw
    assert len(list(tmp_path.glob("runs/*/landed"))) == 3


def test_a_night_keeps_no_file_as_delivered_where_none_is_asked_for(tmp_path: Path) -> None:
    write_council(tmp_path / "landing", children=100, as_at=date(2026, 4, 14))
    place = Place(tmp_path / "landing", tmp_path / "warehouse", date(2026, 4, 14))
    landed = run_measures("land", environment=place.environment | {"CSC_KEEP_RAW_RUNS": "0"})
    assert landed.returncode == 0, landed.stderr
    assert (place.warehouse / "landed" / "ssd_person.parquet").exists()
    assert not list(place.warehouse.rglob("raw"))


@pytest.mark.fault("F53")
def test_links_that_a_dead_run_left_are_removed(tmp_path: Path) -> None:
    for name in ("current.new", "landed.new", "building.new", "building"):
        (tmp_path / name).symlink_to("of a dead run")
    generations.clean(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.fault("F63")
def test_published_files_are_read_only_and_private(night: Place) -> None:
    generation = generations.served(night.warehouse)
    assert {oct(file.stat().st_mode & 0o777) for file in files_of(generation)} == {"0o440"}
    folders = [path for path in night.warehouse.rglob("*") if path.is_dir() and not path.is_symlink()]
    assert {oct(folder.stat().st_mode & 0o777) for folder in folders} == {"0o700"}
    others = [file for file in files_of(night.warehouse) if generation not in file.parents]
    assert {oct(file.stat().st_mode & 0o777) for file in others} <= {"0o600", "0o400"}


@pytest.mark.fault("F57")
def test_a_changed_file_is_named(copied_night: Place) -> None:
    file = generations.served(copied_night.warehouse) / "parquet" / "healthy_lives.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.chmod(0o640)
    file.write_bytes(content)
    for command in ("status", "nightly"):
        result = run_measures(command, environment=copied_night.environment)
        assert result.returncode == 70
        assert "parquet/healthy_lives.parquet has changed" in result.stderr


@pytest.mark.fault("F56")
def test_a_log_beside_the_published_database_is_damage(copied_night: Place) -> None:
    (copied_night.warehouse / "measures.duckdb.wal").write_bytes(b"stale")
    with pytest.raises(Stop) as stop:
        generations.check_served(copied_night.warehouse)
    assert stop.value.code == ExitCode.WAREHOUSE_DAMAGED


@pytest.mark.fault("F49")
def test_a_clock_before_the_last_run_stops_the_night(copied_night: Place) -> None:
    (copied_night.warehouse / "generations" / "99991231T000000000000Z").mkdir()
    with pytest.raises(Stop, match="clock"):
        generations.new_run_id(copied_night.warehouse)


def lose_the_link(warehouse: Path) -> None:
    (warehouse / "current").unlink()


def lose_all_links(warehouse: Path) -> None:
    shutil.copytree(generations.served(warehouse), warehouse / "generations" / "20250101T000000000000Z")
    for name in ("current", "measures.duckdb", "parquet"):
        (warehouse / name).unlink()


def point_at_nothing(warehouse: Path) -> None:
    disk.point(warehouse / "current", "generations/none")


def make_a_folder_of_it(warehouse: Path) -> None:
    served = generations.served(warehouse)
    (warehouse / "current").unlink()
    shutil.copytree(served, warehouse / "current")


@pytest.mark.parametrize("lose", [lose_the_link, lose_all_links, point_at_nothing, make_a_folder_of_it])
def test_without_the_link_to_what_is_served_nothing_is_removed(
    lose: Callable[[Path], None], copied_night: Place
) -> None:
    served = generations.served(copied_night.warehouse)
    lose(copied_night.warehouse)
    before = files_of(copied_night.warehouse)
    for command in ("nightly", "status"):
        result = run_measures(command, environment=copied_night.environment)
        assert result.returncode == ExitCode.WAREHOUSE_DAMAGED
        assert f"ln -sfn generations/{served.name} " in result.stderr
    generations.clean(copied_night.warehouse)
    assert files_of(copied_night.warehouse) == before


def test_what_the_message_says_brings_the_link_back(copied_night: Place) -> None:
    runs = generations.published_runs(copied_night.warehouse)
    lose_the_link(copied_night.warehouse)
    with pytest.raises(Stop) as stop:
        generations.check_served(copied_night.warehouse)
    command = stop.value.next_step.partition(", type: ")[2]
    subprocess.run(["sh", "-c", command], cwd=copied_night.warehouse, check=True)
    generations.check_served(copied_night.warehouse)
    assert generations.published_runs(copied_night.warehouse) == runs


def test_refused_extracts_leave_the_last_generation(copied_night: Place) -> None:
    served = last_run(copied_night)
    (copied_night.landing / "ssd_person.csv").write_bytes(b"")
    result = run_measures("nightly", environment=copied_night.environment)
    assert result.returncode == 20
    assert "ssd_person.csv" in result.stderr
    assert is_whole(copied_night, served)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.fault("F52")
def test_a_signal_ends_a_night_cleanly(number: signal.Signals, copied_night: Place) -> None:
    served = last_run(copied_night)
    night = subprocess.Popen(
        [Path(sys.executable).with_name("measures"), "nightly"],
        env={**os.environ, **copied_night.environment},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # a background job's tests ignore SIGINT
    )
    night.stdout.readline()  # the run has begun
    night.send_signal(number)
    _, complaint = night.communicate(timeout=60)
    assert night.returncode == 128 + number
    assert "Ended by a signal." in complaint
    assert "Traceback" not in complaint
    assert is_whole(copied_night, served)


def stopped(place: Place) -> Stop:
    """Do a night that must stop; return why, once readers are seen to have the last generation whole."""
    served, before = last_run(place), place.contents()
    with pytest.raises(Stop) as stop:
        do_night(place)
    assert is_whole(place, served)
    assert place.contents() == before
    return stop.value


@pytest.fixture
def small_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project of one mart and one test, which fails; dbt builds it as it builds this one."""
    project = tmp_path / "project"
    for folder in ("models/marts", "tests"):
        (project / folder).mkdir(parents=True)
    shutil.copy(PROJECT / "profiles.yml", project)
    (project / "dbt_project.yml").write_text("{name: small, profile: csc_measures}")
    (project / "models" / "marts" / "healthy_lives.sql").write_text("select 1 as measure_number")
    (project / "tests" / "there_is_no_measure.sql").write_text("select * from {{ ref('healthy_lives') }}")
    monkeypatch.setattr(companion, "PROJECT", project)
    return project


@pytest.mark.fault("F55")
def test_what_fails_in_dbt_stops_the_night_and_no_log_has_a_value_that_could_not_be_converted(
    copied_night: Place, small_project: Path
) -> None:
    persons = quoted(pattern(copied_night.warehouse / "landed" / "ssd_person.parquet"))
    (small_project / "models" / "marts" / "full_potential.sql").write_text(
        "{{ config(materialized='table') }} "
        f"select cast(pers_person_id || 'CANARY' as integer) as n from read_parquet('{persons}')"
    )
    stop = stopped(copied_night)
    assert stop.code == ExitCode.CHECK_FAILED
    assert stop.what.startswith("dbt: 2 failed")
    assert "test there_is_no_measure: 1 rows fail" in stop.where
    assert "model full_potential: Conversion Error" in stop.where
    logs = [path.read_bytes() for path in files_of(copied_night.warehouse / "logs")]
    assert any(b"Conversion Error" in log for log in logs)
    assert not any(b"CANARY" in log for log in logs)


COMPANION_THAT_ENDS_OF_AN_ERROR = """
from csc_measures.night.companion import answering
with answering():
    raise ValueError("CANARY")
"""


def test_no_log_has_the_words_of_the_error_that_a_companion_ended_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ends_of_an_error.py").write_text(COMPANION_THAT_ENDS_OF_AN_ERROR)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{PROJECT / 'scripts'}")
    log = tmp_path / "companions.log"
    with companion.companion("ends_of_an_error", tmp_path, log) as started, pytest.raises(Stop) as stop:
        started.answer()
    assert stop.value.code == ExitCode.CHECK_FAILED
    assert "ends_of_an_error.py" in log.read_text()
    assert log.read_text().splitlines()[-2] == "ValueError"
    assert "CANARY" not in str(stop.value)


@pytest.mark.parametrize(
    ("no_room", "code"), [(False, ExitCode.CHECK_FAILED), (True, ExitCode.OUT_OF_RESOURCES)]
)
@pytest.mark.fault("F67")
def test_a_build_that_had_no_room_says_so(no_room: bool, code: ExitCode) -> None:
    failed = {"kind": "model", "name": "placements", "status": "error", "error": "IO Error"}
    result = {**failed, "what_is_wrong": [], "no_room": no_room}
    with pytest.raises(Stop) as stop:
        building.judge({"slips": [], "error": None, "results": [result]}, Path("dbt.log"))
    assert stop.value.code == code
    assert ("export CSC_MEMORY=" in stop.value.next_step) == no_room


@pytest.mark.usefixtures("built_again")
def test_a_failing_expectation_on_the_extracts_stops_the_night(
    copied_night: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_extracts = nightly.land_extracts

    def land_persons_twice(night: nightly.Night) -> tuple:
        landed = land_extracts(night)
        file = night.landed / "ssd_person.parquet"
        persons = pq.read_table(file)
        pq.write_table(pa.concat_tables([persons, persons]), file)
        report, version = landed
        return replace(report, measured=(Measured("ssd_person", "rows_lost", 0.9),)), version

    monkeypatch.setattr(nightly, "land_extracts", land_persons_twice)
    stop = stopped(copied_night)
    assert stop.code == ExitCode.CHECK_FAILED
    assert re.match(r"\d+ expectations at the door failed", stop.what)
    assert any(where.startswith("extracts: repeated key (ssd_person: ") for where in stop.where)
    assert "limits_of_the_extracts: rows lost (ssd_person: 0.9)" in stop.where


@pytest.mark.usefixtures("built_again")
def test_a_failing_expectation_on_the_marts_stops_the_night(
    copied_night: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = building.build

    def build_one_too_high(*arguments: object) -> building.Build:
        built = build(*arguments)
        with duckdb.connect(copied_night.warehouse / "building" / editions.DATABASE) as connection:
            connection.execute(
                "update marts.safe_from_harm set value = 100.5 "
                "where (measure_number, statistic, value_status) = (37, 'pct', 'ok')"
            )
        return built

    monkeypatch.setattr(building, "build", build_one_too_high)
    stop = stopped(copied_night)
    assert stop.code == ExitCode.CHECK_FAILED
    assert re.match(r"\d+ expectations on the marts failed", stop.what)
    assert any(where.startswith("values: not 0 to 100 (safe_from_harm 37 pct: ") for where in stop.where)


def change_a_value(generation: Path) -> None:
    with duckdb.connect(generation / editions.DATABASE) as connection:
        connection.execute("update marts.measures set unit = 'other' where measure_number = 31")


def drop_a_row(generation: Path) -> None:
    file = generation / "parquet" / "measures.parquet"
    measures = pq.read_table(file)
    pq.write_table(measures.filter(pc.not_equal(measures["measure_number"], 31)), file)


def cut_the_database(generation: Path) -> None:
    file = generation / editions.DATABASE
    os.truncate(file, file.stat().st_size // 2)


def cut_a_parquet_file(generation: Path) -> None:
    file = generation / "parquet" / "measures.parquet"
    os.truncate(file, file.stat().st_size // 2)


@pytest.mark.usefixtures("without_dbt")
@pytest.mark.parametrize("damage", [change_a_value, drop_a_row, cut_the_database, cut_a_parquet_file])
@pytest.mark.fault("F57")
def test_a_damaged_copy_is_not_shown(
    damage: Callable[[Path], None], copied_night: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is read back, in both its forms, before it is swapped in."""
    prove = publish.prove

    def damage_and_prove(generation: Path, *rest: object) -> None:
        damage(generation)
        prove(generation, *rest)

    monkeypatch.setattr(publish, "prove", damage_and_prove)
    stop = stopped(copied_night)
    assert stop.code == ExitCode.WAREHOUSE_DAMAGED


def test_what_may_not_fit_is_copied_with_care(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked is whether all that lies with a build, such as Spark's tables, fits several times."""
    build = tmp_path / "measures.duckdb"
    (tmp_path / "marts").mkdir()
    (tmp_path / "marts" / "part.parquet").write_bytes(b"x" * 700)
    build.write_bytes(b"x" * 300)
    room = memory.OF_A_BUILD * 1000
    for more, is_ample in ((0, True), (-1, False)):
        monkeypatch.setattr(memory, "allowed", lambda more=more: memory.FIXED + room + more)
        assert memory.is_ample(build) == is_ample


@pytest.mark.parametrize("is_ample", [True, False])
def test_a_mart_is_copied_in_order_in_as_little_memory_as_is_allowed(is_ample: bool) -> None:
    with duckdb.connect() as connection:
        for catalog in ("measures", editions.EVIDENCE.catalog):
            connection.execute(f"attach ':memory:' as {catalog}")
            connection.execute(f"create schema {catalog}.marts")
        connection.execute(
            "create view measures.marts.some_evidence as "
            "select * from (values (2, 'a'), (1, 'c'), (1, 'b')) as cases (measure_number, case_id)"
        )
        publish.copy_mart(connection, "some_evidence", {}, "full", is_ample=is_ample)
        copied = connection.execute(f"from {editions.EVIDENCE.table('some_evidence')}").fetchall()
        assert copied == [(1, "b"), (1, "c"), (2, "a")]
        tables = connection.execute("select table_name from duckdb_tables()").fetchall()
        assert tables == [("some_evidence",)]


@pytest.mark.usefixtures("without_dbt")
@pytest.mark.fault("F65")
def test_a_night_without_room_does_not_begin(copied_night: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room is needed for four times what is served."""
    needed = 4 * sum(file.stat().st_size for file in files_of(generations.served(copied_night.warehouse)))
    free = {"free": needed - 1}
    monkeypatch.setattr(nightly.shutil, "disk_usage", lambda _: SimpleNamespace(**free))
    assert stopped(copied_night).code == ExitCode.OUT_OF_RESOURCES
    free["free"] = needed
    assert do_night(copied_night) in (ExitCode.PUBLISHED, ExitCode.PUBLISHED_WITH_SET_ASIDE)


def test_no_companion_is_told_the_key_or_a_setting_of_dbt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tell_environment.py").write_text(
        "import json, os\nprint(json.dumps(dict(os.environ)), flush=True)\n"
    )
    monkeypatch.setattr(companion, "PROJECT", tmp_path)
    monkeypatch.setenv("CSC_PSEUDONYM_KEY", KEY)
    monkeypatch.setenv("DBT_RESOURCE_TYPES", "seed")
    with companion.companion("tell_environment", tmp_path, tmp_path / "log") as told:
        environment = told.answer()
    assert environment["CSC_WAREHOUSE_DIR"] == str(tmp_path)
    assert not [name for name, value in environment.items() if "PSEUDONYM" in name or KEY in value]
    assert "DBT_RESOURCE_TYPES" not in environment
