"""Every fault of `faults.csv` is caused by a test that bears its number, and those that had none before."""

from __future__ import annotations

import ast
import csv
import os
import random
import re
import resource
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

import stress
from conftest import Place, do_night, small_disk
from csc_measures.night import disk, editions, generations, nightly
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode, explain
from test_nightly import is_whole, last_run
from test_warehouse import GROUPS, publish_for

CLOCKS = re.compile(
    r"\b(current_date|current_timestamp|now\(|today\(|getdate\(|random\(|run_started_at)", re.I
)


def marked() -> set[str]:
    """Return the numbers of the faults that tests say they cause."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in (PROJECT / "tests").glob("test_*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        argument.value
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "fault"
        for argument in call.args
        if isinstance(argument, ast.Constant)
    }


def test_every_fault_is_caused_by_a_test_or_has_a_reason_why_not() -> None:
    with (PROJECT / "tests" / "faults.csv").open(encoding="utf-8", newline="") as file:
        faults = {row["fault"]: row for row in csv.DictReader(file)}
    assert list(faults) == [f"F{number:02}" for number in range(1, 73)]
    reasons = {fault for fault, row in faults.items() if row["why_not"]}
    in_tables = {fault for fault, row in faults.items() if row["truth_table"]}
    documents = "".join(file.read_text(encoding="utf-8") for file in PROJECT.glob("models/**/*.yml"))
    for fault in in_tables:
        assert f"  - name: {faults[fault]['truth_table']}\n" in documents, fault
    assert marked() | in_tables == faults.keys() - reasons
    assert not (marked() | in_tables) & reasons


# --- Time


@pytest.mark.fault("F45")
def test_no_model_asks_what_time_it_is() -> None:
    """So that a run has one as-at date, whenever it begins and ends."""
    files = [
        file
        for folder in ("models", "macros", "snapshots", "analyses")
        for file in (PROJECT / folder).rglob("*.sql")
    ]
    assert len(files) > 100
    assert [file.name for file in files if CLOCKS.search(file.read_text(encoding="utf-8"))] == []


# --- Crash


@pytest.mark.fault("F50")
@pytest.mark.usefixtures("without_dbt")
def test_a_night_killed_at_any_moment_leaves_one_whole_generation(copied_night: Place) -> None:
    """Many more are killed by `python -m tests.stress`."""
    before = copied_night.contents()
    counted = stress.kill_nights(copied_night, 3, 2.0, random.Random(50), stress.start_alone)
    assert counted["otherwise"] == 0
    do_night(copied_night)
    assert copied_night.contents() == before
    assert is_whole(copied_night, last_run(copied_night))


@pytest.mark.fault("F58")
def test_all_of_a_generation_is_on_disk_before_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk: set[int] = set()
    sync, point = disk.sync, disk.point
    monkeypatch.setattr(disk, "sync", lambda path: (on_disk.add(path.stat().st_ino), sync(path)))

    def check_and_point(link: Path, target: str) -> None:
        generation = link.parent / target
        shown = [generation.parent, generation, *generation.rglob("*")]
        assert {path.stat().st_ino for path in shown} <= on_disk
        point(link, target)

    monkeypatch.setattr(disk, "point", check_and_point)
    publish_for(editions.Readers(), tmp_path)
    assert on_disk


# --- Readers

WRITES = "cat measures.duckdb >/dev/null && { ( : >>measures.duckdb ) || echo not possible; } 2>/dev/null"


@pytest.mark.fault("F63")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_reader_cannot_write_to_what_is_published(tmp_path: Path) -> None:
    warehouse = publish_for(editions.Readers(numbers=GROUPS[0]), tmp_path)
    tried = subprocess.run(
        ["/bin/sh", "-c", WRITES],
        cwd=generations.served(warehouse),
        user=65534,
        group=GROUPS[0],
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.stdout == "not possible\n", tried.stderr


# --- Resources


def used(folder: Path) -> tuple[int, int]:
    """Return the bytes and the inodes that a copy of a folder takes on a tmpfs."""
    paths = [path for path in folder.rglob("*") if not path.is_symlink()]
    blocks = sum(-(-path.stat().st_size // 4096) for path in paths if path.is_file())
    return blocks * 4096, len([*folder.rglob("*")]) + 1


@pytest.mark.fault("F65", "F66", "F68")
@pytest.mark.usefixtures("without_dbt")
@pytest.mark.parametrize(("more_bytes", "more_inodes"), [(500_000, 0), (6_000_000, 0), (0, 120)])
def test_a_night_on_a_small_disk_says_so_and_leaves_the_last_generation(
    more_bytes: int, more_inodes: int, night: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nightly, "SPACE_NEEDED", 0)  # or it would not begin
    place = replace(night, warehouse=tmp_path / "warehouse")
    place.warehouse.mkdir()
    n_bytes, n_inodes = used(night.warehouse)
    options = f"size={n_bytes + more_bytes}" if more_bytes else f"nr_inodes={n_inodes + more_inodes}"
    with small_disk(place.warehouse, options):
        shutil.copytree(night.warehouse, place.warehouse, symlinks=True, dirs_exist_ok=True)
        before, served = place.contents(), last_run(place)
        with pytest.raises(Exception) as error:
            do_night(place)
        stop = error.value if hasattr(error.value, "next_step") else explain(error.value)
        assert stop.code == ExitCode.OUT_OF_RESOURCES, repr(error.value)
        assert is_whole(place, served)
        assert place.contents() == before


@pytest.mark.fault("F67")
def test_a_full_spill_is_no_room(tmp_path: Path) -> None:
    settings = {"memory_limit": "10MB", "max_temp_directory_size": "1MB", "temp_directory": str(tmp_path)}
    with duckdb.connect(config=settings) as connection, pytest.raises(duckdb.Error) as error:
        connection.execute(
            "select count(*) from (select distinct md5(i::text) from range(1_000_000) as r (i))"
        )
    assert explain(error.value).code == ExitCode.OUT_OF_RESOURCES


LITTLE_MEMORY = [(resource.RLIMIT_AS, mib << 20) for mib in (450, 700)]
FEW_FILES = (resource.RLIMIT_NOFILE, 14)


@pytest.mark.fault("F68")
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere address space is not limited")
@pytest.mark.parametrize(
    ("command", "limit"), [*(("land", limit) for limit in LITTLE_MEMORY), ("nightly", FEW_FILES)]
)
def test_too_little_memory_and_too_few_open_files_are_told_as_such(
    command: str, limit: tuple[int, int], tmp_path: Path, night: Place
) -> None:
    kind, most = limit
    ended = subprocess.run(
        [Path(sys.executable).with_name("measures"), command],
        env={**os.environ, **night.environment, "CSC_WAREHOUSE_DIR": str(tmp_path / "warehouse")},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(kind, (most, most)),
    )
    assert ended.returncode == ExitCode.OUT_OF_RESOURCES, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert not generations.served(tmp_path / "warehouse")
    assert (tmp_path / "warehouse").exists() == (limit == FEW_FILES)
