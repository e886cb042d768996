"""The ledger: a line for every run, in a chain that shows what was changed; and what is asked of it."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from conftest import Place, do_night, run_measures
from csc_measures.landing.deliveries import BESIDE
from csc_measures.night import disk, editions, generations, ledger, record
from csc_measures.project import code_version
from csc_measures.stop import ExitCode, Stop

RUNS = ("20260401T000000000000Z", "20260402T000000000000Z", "20260403T000000000000Z")


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Give a warehouse of which three runs are recorded."""
    for run_id in RUNS:
        ledger.append(tmp_path, ledger.Entry(run_id, "nightly", disk.utc_now(), exit_code=0, sealed="f" * 64))
    return tmp_path


def test_a_run_is_read_as_it_was_recorded(warehouse: Path) -> None:
    lines = ledger.read(warehouse)
    assert [line["run_id"] for line in lines] == list(RUNS)
    assert ledger.published(lines) == set(RUNS)
    assert ledger.damages(warehouse) == []
    assert (warehouse / ledger.LEDGER).stat().st_mode & 0o077 == 0


def change_a_word(lines: list[str]) -> list[str]:
    """Say of the second run that it ended otherwise."""
    line = json.loads(lines[1]) | {"exit_code": 10}
    return [lines[0], json.dumps(line, sort_keys=True), lines[2]]


def forge_a_line(lines: list[str]) -> list[str]:
    """Say so, with a digest that fits."""
    line = json.loads(lines[1]) | {"exit_code": 10}
    line["digest"] = ledger.digest_of(line)
    return [lines[0], json.dumps(line, sort_keys=True), lines[2]]


def take_a_line_out(lines: list[str]) -> list[str]:
    """Leave the second run out."""
    return [lines[0], lines[2]]


def take_the_first_out(lines: list[str]) -> list[str]:
    """Leave the first run out."""
    return lines[1:]


def make_a_line_unreadable(lines: list[str]) -> list[str]:
    """Cut the second line."""
    return [lines[0], lines[1][:40], lines[2]]


@pytest.mark.parametrize(
    ("change", "number"),
    [
        (change_a_word, 2),
        (forge_a_line, 3),
        (take_a_line_out, 2),
        (take_the_first_out, 1),
        (make_a_line_unreadable, 2),
    ],
)
@pytest.mark.fault("F57")
def test_what_was_changed_is_named(
    warehouse: Path, change: Callable[[list[str]], list[str]], number: int
) -> None:
    file = warehouse / ledger.LEDGER
    file.write_text("\n".join(change(file.read_text().splitlines())) + "\n")
    assert [damage.split(" ")[2] for damage in ledger.damages(warehouse)] == [str(number)]


def test_a_line_that_a_power_cut_tore_gives_way_to_the_next(warehouse: Path) -> None:
    file = warehouse / ledger.LEDGER
    whole = file.read_text()
    file.write_text(whole + whole[:50])
    assert ledger.damages(warehouse) == []
    ledger.append(warehouse, ledger.Entry("20260404T000000000000Z", "nightly", disk.utc_now()))
    assert len(ledger.read(warehouse)) == 4
    assert ledger.damages(warehouse) == []


# --- What a run leaves there


def test_a_night_is_recorded_whole(night: Place) -> None:
    [line] = ledger.read(night.warehouse)
    generation = generations.served(night.warehouse)
    assert (line["command"], line["exit_code"], line["stopped"]) == ("nightly", night.result.returncode, "")
    assert (line["run_id"], line["generation"]) == (generation.name, generation.name)
    assert line["sealed"] == disk.sha256(generation / editions.CHECKSUMS)
    assert {file["file"]: file["sha256"] for file in line["files"]} == {
        file.name: disk.sha256(file) for file in night.landing.glob("*.csv") if file.stem not in BESIDE
    }
    for file in line["files"]:
        assert file["n_rows_in"] == file["n_rows_loaded"] + file["n_rows_set_aside"]
    assert line["marts"] == {name: list(told) for name, told in night.contents(but={"runs"}).items()}
    assert line["built"]["model"] > 0 < line["built"]["expectations on the marts"]
    assert line["settings"]["as_at"] == night.as_at.isoformat()
    assert not [name for name in line["settings"] if "key" in name]
    [(code, parameters)] = night.query("select code_version, parameters from marts.runs")
    assert (line["code"]["code"], line["parameters"]) == (code, json.loads(parameters))


def test_a_definition_that_changed_is_told_from_code_that_did(tmp_path: Path) -> None:
    def versions(change: str) -> dict[str, str]:
        project = tmp_path / (change or "as it was").replace("/", " ")
        for name in ("definitions/a.yml", "models/b.sql", "dbt_project.yml", "profiles.yml", "uv.lock"):
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text("changed" if name == change else "as it was")
        return code_version(project)

    was = versions("")
    for change, changed in (
        ("definitions/a.yml", {"code"}),
        ("models/b.sql", {"code", "code_but_definitions"}),
        ("uv.lock", {"lock"}),
    ):
        now = versions(change)
        assert {name for name in was if was[name] != now[name]} == changed


@pytest.mark.usefixtures("without_dbt")
def test_a_night_that_is_stopped_is_recorded_too(copied_night: Place) -> None:
    (copied_night.landing / "ssd_person.csv").unlink()
    earlier = replace(copied_night, as_at=copied_night.as_at - timedelta(days=1))
    with pytest.raises(Stop) as stop:
        do_night(earlier, {"as_at_before_published": "a date was wrong"})
    *_, line = ledger.read(copied_night.warehouse)
    assert (line["exit_code"], line["stopped"], line["sealed"]) == (20, stop.value.what, "")
    assert [each["because"] for each in line["accepted"]] == ["a date was wrong"]


@pytest.mark.usefixtures("without_dbt")
def test_a_run_that_could_not_say_how_it_ended_is_recorded_by_the_next(copied_night: Place) -> None:
    dead = generations.new_run_id(copied_night.warehouse)
    (copied_night.warehouse / "logs" / dead).mkdir()
    do_night(copied_night)
    _, of_the_dead, of_the_next = ledger.read(copied_night.warehouse)
    assert (of_the_dead["run_id"], of_the_dead["exit_code"], of_the_dead["sealed"]) == (dead, None, "")
    assert of_the_next["sealed"]


@pytest.mark.usefixtures("without_dbt")
def test_a_run_killed_after_its_publication_counts_as_published(
    copied_night: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "append", lambda *_: None)
        do_night(copied_night)
    killed = generations.served(copied_night.warehouse).name
    do_night(copied_night)
    assert killed in ledger.published(ledger.read(copied_night.warehouse))
    assert len(generations.published_runs(copied_night.warehouse)) == 3


# --- What is asked of it


@pytest.mark.usefixtures("without_dbt")
def test_an_older_generation_is_served_again_and_no_run_is_forgotten(copied_night: Place) -> None:
    first = generations.served(copied_night.warehouse).name
    do_night(copied_night)
    second = generations.served(copied_night.warehouse).name

    restored = run_measures("restore", first, environment=copied_night.environment)
    assert restored.returncode == 0, restored.stderr
    assert copied_night.query("select max(run_id) from marts.runs") == [(first,)]
    told = run_measures("status", environment=copied_night.environment)
    assert f"An earlier run was put back: {first}; the last published is {second}" in told.stdout
    assert [line["command"] for line in ledger.read(copied_night.warehouse)] == [
        "nightly",
        "nightly",
        "restore",
    ]

    do_night(copied_night)
    runs = [run for (run,) in copied_night.query("select run_id from marts.runs order by 1")]
    assert runs[:2] == [first, second]
    assert len(runs) == 3
    listed = run_measures("runs", environment=copied_night.environment).stdout
    assert all(run in listed for run in runs)
    assert f"{first} served again" in " ".join(listed.split())


def test_only_a_whole_generation_that_is_kept_is_served_again(copied_night: Place) -> None:
    generation = generations.served(copied_night.warehouse)
    with pytest.raises(Stop) as unknown:
        record.restore(copied_night.warehouse, "20200101T000000000000Z", Console(quiet=True))
    assert (unknown.value.code, unknown.value.where) == (ExitCode.WRONG_SETTINGS, (generation.name,))
    spoil(generation / "parquet" / "measures.parquet")
    with pytest.raises(Stop) as damaged:
        record.restore(copied_night.warehouse, generation.name, Console(quiet=True))
    assert damaged.value.code == ExitCode.WAREHOUSE_DAMAGED


def spoil(file: Path) -> None:
    """Change the last byte of a file."""
    file.chmod(0o600)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def test_everything_that_is_not_as_it_was_left_is_named(copied_night: Place) -> None:
    quiet = Console(quiet=True)
    record.verify(copied_night.warehouse, quiet)
    generation = generations.served(copied_night.warehouse)
    spoil(generation / "parquet" / "measures.parquet")
    run = copied_night.warehouse / "runs" / generation.name
    spoil(run / "raw" / "ssd_person.csv")
    spoil(run / "landed" / "ssd_person.parquet")
    with pytest.raises(Stop) as files:
        record.verify(copied_night.warehouse, quiet)
    assert [place.split(" ")[0].rpartition("/")[2] for place in files.value.where] == [
        f"{generation.name}:",
        "ssd_person.csv",
        "ssd_person.parquet",
    ]
    sums = generation / editions.CHECKSUMS
    sums.chmod(0o600)
    sums.write_text(sums.read_text().replace("parquet/measures.parquet", "parquet/runs.parquet"))
    with pytest.raises(Stop) as sealed:
        record.verify(copied_night.warehouse, quiet)
    assert any("is not the one that the ledger tells of" in place for place in sealed.value.where)
    (copied_night.warehouse / ledger.LEDGER).unlink()
    with pytest.raises(Stop) as lost:
        record.verify(copied_night.warehouse, quiet)
    assert any(f"does not tell of run {generation.name}" in place for place in lost.value.where)


def test_a_damaged_ledger_stops_the_night_before_it_touches_anything(copied_night: Place) -> None:
    spoil_a_word(copied_night.warehouse / ledger.LEDGER)
    with pytest.raises(Stop) as stop:
        do_night(copied_night)
    assert stop.value.code == ExitCode.WAREHOUSE_DAMAGED
    assert stop.value.where == ("ledger.jsonl, line 1 has changed since it was written",)


def spoil_a_word(file: Path) -> None:
    """Say that a night was another command."""
    file.write_text(file.read_text().replace("nightly", "monthly", 1))


def test_a_program_learns_what_is_served_and_that_it_is_too_old(night: Place) -> None:
    young = run_measures("status", "--json", "--max-age", "99999h", environment=night.environment)
    assert young.returncode == 0, young.stderr
    told = json.loads(young.stdout)
    assert told["run_id"] == generations.served(night.warehouse).name
    assert told["as_at"] == night.as_at.isoformat()
    assert told["statistics_not_loaded"] > 0 < told["row_counts"]["measures"]
    old = run_measures("status", "--json", "--max-age", "0h", environment=night.environment)
    assert old.returncode == ExitCode.TOO_OLD
    assert json.loads(old.stdout)["run_id"] == told["run_id"]
    assert "measures runs" in old.stderr
    assert run_measures("status", "--max-age", "soon", environment=night.environment).returncode == 60


def test_the_ledger_is_not_written_where_there_is_no_room(
    copied_night: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stopped the night is told, not that it could not be recorded."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ledger, "append", full)
    (copied_night.landing / "ssd_person.csv").unlink()
    with pytest.raises(Stop) as stop:
        do_night(copied_night)
    assert stop.value.code == ExitCode.EXTRACTS_REFUSED
