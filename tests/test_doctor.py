"""`measures doctor` says of each thing that a night needs what is well or what to do, and touches nothing."""

from __future__ import annotations

import os
import resource
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from conftest import Place, run_measures
from csc_measures import doctor, memory
from csc_measures.night import disk, generations, ledger, nightly
from csc_measures.stop import ExitCode

A_LIFE = timedelta(days=36_500)
NO_PROCESS = 2**22 + 1  # beyond the highest number that Linux gives


def asked(place: Place, capsys: pytest.CaptureFixture[str], **others: str) -> tuple[ExitCode, str]:
    """Return what the doctor makes of a place."""
    code = doctor.doctor(place.environment | others, Console(width=10_000, highlight=False))
    return code, capsys.readouterr().out


def state(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return when each file and folder was last written, and its mode."""
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_mode) for path in folder.rglob("*")}


@pytest.fixture
def patient(copied_night: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Give a night that nothing is wrong with, however long ago the tests' nights were done."""
    monkeypatch.setattr(doctor, "OLD_AFTER", A_LIFE)
    return copied_night


def test_all_is_well_after_a_night_and_nothing_is_touched(
    patient: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state(patient.warehouse), state(patient.landing)
    code, told = asked(patient, capsys)
    assert (code, told.splitlines()[-1]) == (ExitCode.PUBLISHED, "All is well."), told
    assert (state(patient.warehouse), state(patient.landing)) == before
    for name in (
        "versions",
        "key",
        "lock",
        "disk",
        "memory",
        "file system",
        "permissions",
        "clock",
        "encryption",
    ):
        assert f"well      {name} " in told


def test_before_the_first_night_nothing_is_made(tmp_path: Path, night: Place) -> None:
    place = replace(night, warehouse=tmp_path / "not" / "yet")
    result = run_measures("doctor", environment=place.environment | {"CSC_PSEUDONYM_KEY": ""})
    assert result.returncode == ExitCode.WRONG_SETTINGS
    assert "NOT WELL  key          CSC_PSEUDONYM_KEY is not set" in result.stdout
    assert "the first night makes it" in result.stdout
    assert not list(tmp_path.iterdir())


def hold_by_the_dead(place: Place) -> None:
    (place.warehouse / "lock").write_text(f"pid {NO_PROCESS} on {socket.gethostname()}, started 2020-01-01")


def hold(place: Place) -> None:
    (place.warehouse / "lock").write_text(f"pid {os.getpid()} on {socket.gethostname()}, started 2020-01-01")


@pytest.mark.parametrize(
    ("do", "says"), [(hold_by_the_dead, "left by a dead run"), (hold, "held by a run (pid {pid}")]
)
def test_who_holds_the_warehouse_is_told(
    do: Callable[[Place], None], says: str, patient: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    do(patient)
    code, told = asked(patient, capsys)
    assert (code, says.format(pid=os.getpid()) in told) == (ExitCode.PUBLISHED, True), told


def open_to_others(place: Place) -> None:
    (place.warehouse / "runs").chmod(0o777)


def damage(place: Place) -> None:
    (generations.served(place.warehouse) / "another").write_text("")


def fail_a_run(place: Place) -> None:
    run_id = generations.new_run_id(place.warehouse)
    stopped = ledger.Entry(run_id, "nightly", disk.utc_now(), exit_code=20, stopped="No extract.")
    ledger.append(place.warehouse, stopped)


def come_from_the_future(place: Place) -> None:
    ledger.append(
        place.warehouse, ledger.Entry("99991231T000000000000Z", "land", disk.utc_now(), exit_code=0)
    )


def deliver_nothing(place: Place) -> None:
    shutil.rmtree(place.landing)
    place.landing.mkdir()


def deliver_twice(place: Place) -> None:
    shutil.copy(place.landing / "ssd_person.csv", place.landing / "ssd_person (1).csv")
    (place.landing / "ssd_person_2026-01-01.csv").write_text("")


@pytest.mark.parametrize(
    ("spoil", "name", "says"),
    [
        (open_to_others, "permissions", "chmod -R go-w"),
        (damage, "warehouse", "another is not listed in SHA256SUMS"),
        (fail_a_run, "last run", "The last run ended with 20."),
        (come_from_the_future, "clock", "Set the clock right"),
        (deliver_nothing, "extracts", "Deliver the extracts there"),
        (deliver_twice, "extracts", "delivered_twice"),
    ],
)
def test_what_is_not_well_is_named_with_what_to_do(
    spoil: Callable[[Place], None], name: str, says: str, patient: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(patient)
    code, told = asked(patient, capsys)
    assert code == ExitCode.WRONG_SETTINGS
    assert f"Not well: {name}. Nothing was touched." in told
    assert says in told


@pytest.mark.parametrize(
    ("settings", "name", "says"),
    [
        ({"CSC_MONTHS": "many"}, "settings", "export CSC_MONTHS=36"),
        (
            {"CSC_PSEUDONYM_KEY": "another key of the tests, no less long"},
            "key",
            "the key of the nights before",
        ),
        ({"CSC_AS_AT": "2024-01-01"}, "warehouse", "as_at_before_published"),
        ({"CSC_AS_AT": "2099-01-01"}, "clock", "lies ahead"),
    ],
)
def test_a_setting_that_is_not_well_is_named(
    settings: dict[str, str], name: str, says: str, patient: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = asked(patient, capsys, **settings)
    assert code == ExitCode.WRONG_SETTINGS
    assert f"Not well: {name}. Nothing was touched." in told
    assert says in told


def test_extracts_and_a_generation_that_are_old_are_named(
    copied_night: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "OLD_AFTER", timedelta(0))
    _, told = asked(copied_night, capsys)
    assert "Not well: last run, extracts." in told
    assert "ssd_person.csv, " in told


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (lambda patch: patch.setattr(memory, "DEFAULT", 9_999_999), "memory"),
        (lambda patch: patch.setattr(resource, "getrlimit", lambda _: (64, 64)), "memory, open files"),
        (lambda patch: patch.setattr(doctor, "LEAST_INODES", 1 << 60), "file system"),
        (lambda patch: patch.setattr(doctor, "WITHOUT_LINKS", {"odd"}), "file system"),
        (lambda patch: patch.setattr(nightly, "SPACE_NEEDED", 1 << 40), "disk"),
    ],
)
def test_a_machine_that_has_too_little_is_told(
    spoil: Callable[[pytest.MonkeyPatch], None],
    name: str,
    patient: Place,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_disk = SimpleNamespace(f_flag=0, f_files=1 << 50, f_favail=1 << 50, f_frsize=1)
    a_disk.f_blocks = a_disk.f_bfree = a_disk.f_bavail = 1 << 40
    monkeypatch.setattr(os, "statvfs", lambda _: a_disk)
    monkeypatch.setattr(doctor, "kind_of_file_system", lambda *_: "odd")
    spoil(monkeypatch)
    code, told = asked(patient, capsys)
    assert code == ExitCode.WRONG_SETTINGS
    assert f"Not well: {name}. Nothing was touched." in told


def test_a_container_and_a_mount_are_read_as_the_system_writes_them(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    2048 kB\n")
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("400\n")
    assert list(doctor.memory_limits(tmp_path, tmp_path))[:2] == [2048 << 10, 600]
    mounts = "a / ext4 rw 0 0\nb /a\\040b vfat rw 0 0\n"
    assert doctor.kind_of_file_system(Path("/a b/c"), mounts) == "vfat"
    assert doctor.kind_of_file_system(Path("/c"), mounts) == "ext4"
