"""The folder of a warehouse, before a night does anything with it."""

from __future__ import annotations

import errno
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib import metadata
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from csc_measures import cli
from csc_measures.night import disk, editions, encryption, generations, nightly
from csc_measures.night.calendars import check_calendars
from csc_measures.night.warehouse import KEY_CHECK, check_key
from csc_measures.project import PROJECT, check_versions
from csc_measures.settings import DEMO_KEY
from csc_measures.stop import ExitCode, InertConsole, Stop, explain
from landing_files import Night

OTHER_KEY = b"another key of the tests, no less long"
QUIET = Console(quiet=True)


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """Give a landing folder with one extract, and a warehouse beside it that does not exist yet."""
    night = Night(tmp_path)
    night.put_rows("ssd_person", [{"pers_person_id": "P1", "pers_dob": "2015-01-01"}])
    return night


@contextmanager
def refused(code: ExitCode = ExitCode.WRONG_SETTINGS) -> Iterator[pytest.ExceptionInfo[Stop]]:
    with pytest.raises(Stop) as stop:
        yield stop
    assert stop.value.code == code


# --- The key


@pytest.mark.fault("F70")
def test_another_key_is_refused_before_anything_is_landed(night: Night) -> None:
    nightly.land_only(night.settings(), QUIET)
    warehouse = night.folder / "warehouse"
    landed = (warehouse / "landed").resolve()
    with refused() as stop:
        nightly.land_only(night.settings(pseudonym_key=OTHER_KEY), QUIET)
    assert "Set the key of the nights before" in stop.value.next_step
    assert OTHER_KEY.decode() not in str(stop.value)
    assert (warehouse / "landed").resolve() == landed
    assert [folder.name for folder in (warehouse / "runs").iterdir()] == [landed.parent.name]
    assert nightly.land_only(night.settings(), QUIET) == ExitCode.PUBLISHED


def test_a_first_run_that_landed_nothing_binds_no_key(night: Night) -> None:
    night.put("ssd_person.csv", b"")
    with refused(ExitCode.EXTRACTS_REFUSED):
        nightly.land_only(night.settings(), QUIET)
    night.put_rows("ssd_person", [{"pers_person_id": "P1", "pers_dob": "2015-01-01"}])
    assert nightly.land_only(night.settings(pseudonym_key=OTHER_KEY), QUIET) == ExitCode.PUBLISHED


def test_a_warehouse_of_an_unknown_key_is_refused(night: Night) -> None:
    nightly.land_only(night.settings(), QUIET)
    (night.folder / "warehouse" / KEY_CHECK).unlink()
    with refused() as stop:
        nightly.land_only(night.settings(), QUIET)
    assert KEY_CHECK in stop.value.where[0]


def test_the_key_of_the_demo_is_for_what_the_demo_has_begun(night: Night) -> None:
    with refused() as stop:
        nightly.land_only(night.settings(pseudonym_key=DEMO_KEY), QUIET)
    assert "secrets.token_hex" in stop.value.next_step
    nightly.land_only(night.settings(pseudonym_key=DEMO_KEY, is_demo=True), QUIET)
    assert nightly.land_only(night.settings(pseudonym_key=DEMO_KEY), QUIET) == ExitCode.PUBLISHED


def test_the_check_of_a_key_is_private_and_no_pseudonym(night: Night) -> None:
    warehouse = night.folder / "warehouse"
    warehouse.mkdir()
    check_key(warehouse, OTHER_KEY, is_demo=False)
    assert (warehouse / KEY_CHECK).stat().st_mode & 0o777 == 0o600
    assert len((warehouse / KEY_CHECK).read_text()) == 64


# --- The folder


def make_writable(warehouse: Path) -> Path:
    warehouse.chmod(0o770)
    return warehouse


def make_runs_writable(warehouse: Path) -> Path:
    (warehouse / "runs").chmod(0o777)
    return warehouse / "runs"


def link(name: str) -> Callable[[Path], Path]:
    """Give a way to put a link to somebody's own files where a warehouse keeps its own."""

    def put_link(warehouse: Path) -> Path:
        elsewhere = warehouse.with_name("elsewhere")
        (warehouse / name).rename(elsewhere)
        (warehouse / name).symlink_to(elsewhere)
        return warehouse / name

    return put_link


def contents(folder: Path) -> dict[Path, int]:
    return {path: path.lstat().st_mtime_ns for path in sorted(folder.rglob("*"))}


@pytest.mark.parametrize(
    "spoil", [make_writable, make_runs_writable, *(link(name) for name in ("runs", "generations", "lock"))]
)
def test_a_folder_that_may_be_somebody_elses_is_not_touched(
    spoil: Callable[[Path], Path], night: Night
) -> None:
    nightly.land_only(night.settings(), QUIET)
    warehouse = night.folder / "warehouse"
    (warehouse / "generations").mkdir(mode=0o700)
    named = spoil(warehouse)
    before = contents(night.folder)
    with refused() as stop:
        nightly.land_only(night.settings(), QUIET)
    assert str(named) in stop.value.where
    assert contents(night.folder) == before


def test_a_folder_of_another_user_is_not_touched(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    (night.folder / "warehouse").mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with refused():
        nightly.land_only(night.settings(), QUIET)
    assert not list((night.folder / "warehouse").iterdir())


@pytest.mark.parametrize(
    ("terms", "as_at", "named"),
    [
        ("2028-07-20", date(2028, 8, 31), ""),
        ("2028-07-20", date(2028, 9, 1), "school_terms.csv"),
        ("2040-07-20", date(2031, 12, 31), ""),
        ("2040-07-20", date(2032, 1, 1), "bank_holidays.csv"),
    ],
)
def test_a_night_beyond_its_calendars_does_not_begin(
    tmp_path: Path, terms: str, as_at: date, named: str
) -> None:
    (tmp_path / "bank_holidays.csv").write_text("holiday_date\n2031-12-26\n2010-01-01\n")
    (tmp_path / "school_terms.csv").write_text(f"term_end\n{terms}\n")
    if not named:
        check_calendars(as_at, tmp_path)
        return
    with refused() as stop:
        check_calendars(as_at, tmp_path)
    assert stop.value.where == (str(tmp_path / named),)


def test_nothing_is_touched_beyond_the_calendars(night: Night) -> None:
    with refused():
        nightly.land_only(night.settings(as_at=date(2098, 12, 31)), QUIET)
    assert not (night.folder / "warehouse").exists()


LUKS, LVM = "CRYPT-LUKS2-1a2b-measures", "LVM-1a2b"


@pytest.mark.parametrize(
    ("kinds", "is_encrypted"),
    [
        pytest.param({"": LUKS}, True, id="LUKS"),
        pytest.param({"": LVM, "dm-0": LUKS}, True, id="LVM on LUKS"),
        pytest.param({"": LVM, "dm-0": LUKS, "sdb": ""}, False, id="LVM on LUKS and a bare disk"),
        pytest.param({"": ""}, False, id="a bare disk"),
        pytest.param({}, False, id="no device that the kernel tells of"),
    ],
)
def test_a_night_can_be_told_to_write_to_an_encrypted_disk_only(
    night: Night, kinds: dict[str, str], is_encrypted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = night.folder.stat().st_dev
    device = night.folder / "devices" / f"{os.major(number)}:{os.minor(number)}"
    for name, kind in kinds.items():
        below = device / "slaves" / name if name else device
        below.mkdir(parents=True)
        if kind:
            (below / "dm").mkdir()
            (below / "dm" / "uuid").write_text(kind)
    monkeypatch.setattr(encryption, "DEVICES", device.parent)
    settings = night.settings(needs_encryption=True)
    if is_encrypted:
        nightly.land_only(settings, QUIET)
    else:
        with refused():
            nightly.land_only(settings, QUIET)
        assert not list(settings.warehouse_dir.iterdir())


def test_a_warehouse_that_cannot_be_made_is_a_wrong_setting(night: Night) -> None:
    (night.folder / "file").write_text("")
    with refused() as stop:
        nightly.land_only(night.settings(warehouse_dir=night.folder / "file" / "warehouse"), QUIET)
    assert str(night.folder / "file" / "warehouse") in stop.value.where


def test_no_name_of_a_file_steers_the_terminal() -> None:
    terminal = io.StringIO()
    console = InertConsole(file=terminal, highlight=False)
    table = Table("\x1b[2Jheading")
    table.add_row("\x1b]0;title\x07")
    console.print("first\x1b[31m\nsecond\x9b1m", table)
    assert all(line.isprintable() for line in terminal.getvalue().splitlines())
    assert "first\\x1b[31m\nsecond\\x9b1m" in terminal.getvalue()
    assert isinstance(cli.console, InertConsole)
    assert isinstance(cli.errors, InertConsole)


def refuse(error: int) -> Callable[..., None]:
    """Give a function that fails as the system does."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    return fail


@pytest.mark.parametrize("what", ["fcntl.flock", "os.symlink"])
@pytest.mark.parametrize(
    ("error", "code"),
    [(errno.EOPNOTSUPP, ExitCode.WRONG_SETTINGS), (errno.ENOSPC, ExitCode.OUT_OF_RESOURCES)],
)
def test_a_file_system_without_locks_or_links_is_named(
    what: str, error: int, code: ExitCode, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what, refuse(error))
    with pytest.raises((Stop, OSError)) as stop:
        nightly.land_only(night.settings(), QUIET)
    told = stop.value if isinstance(stop.value, Stop) else explain(stop.value)
    assert told.code == code
    assert code == ExitCode.OUT_OF_RESOURCES or told.where == (str(night.folder / "warehouse"),)


@pytest.mark.fault("F69")
def test_what_its_own_user_may_not_read_is_named(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    target = night.folder / "warehouse" / "target"
    target.mkdir(parents=True, mode=0o700)
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != target and access(path, mode))
    with refused() as stop:
        nightly.land_only(night.settings(), QUIET)
    assert stop.value.where == (str(target),)


def test_what_cannot_be_removed_is_told_and_stops_no_night(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = night.folder / "warehouse" / "runs" / "1"
    left.mkdir(parents=True, mode=0o700)
    (night.folder / "warehouse").chmod(0o700)
    monkeypatch.setattr(shutil, "rmtree", refuse(errno.EPERM))
    told = io.StringIO()
    assert nightly.land_only(night.settings(), Console(file=told, width=1_000)) == ExitCode.PUBLISHED
    assert told.getvalue().count(f"please remove it by hand: {left}") == 2  # before the run and after it


def test_a_landing_folder_without_an_extract_is_one_line(night: Night) -> None:
    (night.landing / "ssd_person.csv").rename(night.landing / "persons.csv")
    with refused(ExitCode.EXTRACTS_REFUSED) as stop:
        nightly.land_only(night.settings(), QUIET)
    assert stop.value.where == (str(night.landing),)


@pytest.mark.fault("F58")
def test_all_that_was_landed_is_on_disk_before_it_is_shown(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk: set[Path] = set()
    sync, point = disk.sync, disk.point
    monkeypatch.setattr(disk, "sync", lambda path: (on_disk.add(path), sync(path)))

    def check_and_point(link: Path, target: str) -> None:
        run = (link.parent / target).parent
        assert {run, run / "raw" / "ssd_person.csv", *(run / "landed").iterdir()} <= on_disk
        point(link, target)

    monkeypatch.setattr(disk, "point", check_and_point)
    nightly.land_only(night.settings(), QUIET)
    assert on_disk


@pytest.mark.fault("F71")
def test_a_package_of_another_version_is_refused_before_anything_is_touched(
    night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = (PROJECT / "uv.lock").read_text(encoding="utf-8")
    version = metadata.version("duckdb")
    (tmp_path / "uv.lock").write_text(
        lock.replace(f'"duckdb"\nversion = "{version}"', '"duckdb"\nversion = "1.4.4"')
    )
    here = "csc_measures.night.warehouse.check_versions"
    monkeypatch.setattr(here, lambda: check_versions(tmp_path / "uv.lock"))
    with refused() as stop:
        nightly.land_only(night.settings(), QUIET)
    assert stop.value.where == (f"duckdb {version}, where the lock file has 1.4.4",)
    assert "uv sync --locked" in stop.value.next_step
    assert not (night.folder / "warehouse").exists()


# --- What was published


def lose_the_checksums(sums: Path) -> None:
    sums.unlink()


def empty_the_checksums(sums: Path) -> None:
    sums.write_text("")


def cut_the_checksums(sums: Path) -> None:
    sums.write_text("".join(sums.read_text().splitlines(keepends=True)[:-1]))


def cut_inside_a_checksum(sums: Path) -> None:
    sums.write_text(sums.read_text()[:-7])


def add_a_file(sums: Path) -> None:
    (sums.parent / "parquet" / "another").write_text("")


def lose_a_file(sums: Path) -> None:
    (sums.parent / sums.read_text().splitlines()[0].partition("  ")[2]).unlink()


@pytest.mark.parametrize(
    "spoil",
    [
        lose_a_file,
        lose_the_checksums,
        empty_the_checksums,
        cut_the_checksums,
        cut_inside_a_checksum,
        add_a_file,
    ],
)
def test_what_the_checksums_do_not_say_is_damage(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    warehouse = publish_for(editions.Readers(), tmp_path)
    generations.check_served(warehouse)
    sums = warehouse / "current" / "SHA256SUMS"
    sums.chmod(0o600)
    spoil(sums)
    with refused(ExitCode.WAREHOUSE_DAMAGED):
        generations.check_served(warehouse)


# --- Who may read what is published

HERE = os.getegid()
GROUPS = (
    (1, 2) if os.geteuid() == 0 else (HERE, HERE)
)  # only root can give files to groups it is no member of


def publish_for(readers: editions.Readers, folder: Path) -> Path:
    """Publish a generation of one file of each kind; return its warehouse."""
    warehouse = folder / "warehouse"
    sealed = warehouse / "runs" / "1" / "generation"
    files = ("measures.duckdb", "evidence.duckdb", "parquet/a", "evidence/a_evidence", "history/a")
    files += ("shared/measures.duckdb", "shared/parquet/a", "hidden.parquet")
    for name in files:
        (sealed / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (sealed / name).write_text("of somebody")
    for closed in (warehouse, warehouse / "runs"):
        closed.chmod(0o700)
    editions.seal(sealed, readers)
    generations.swap(warehouse, sealed, "1", readers)
    return warehouse


def may(path: Path, group: int, reading: int) -> bool:
    """Say whether a member of a group has a right to a path (4 reads, 1 passes) and none to write to it."""
    about = path.stat()
    granted = about.st_mode >> 3 if about.st_gid == group else about.st_mode
    return granted & reading == reading and not granted & 2


def read_by(group: int, warehouse: Path) -> set[str]:
    """Return what a member of a group can read of a warehouse: each file whose folders all let them pass."""
    files = (path for path in warehouse.rglob("*") if path.is_file() and not path.is_symlink())
    return {
        file.relative_to(warehouse).as_posix().removeprefix("generations/1/")
        for file in files
        if may(file, group, 4)
        and all(may(folder, group, 1) for folder in file.parents if folder.is_relative_to(warehouse))
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to two groups of others")
def test_each_group_reads_what_is_published_for_it_and_nothing_else(tmp_path: Path) -> None:
    numbers, evidence = GROUPS
    warehouse = publish_for(editions.Readers(numbers, evidence), tmp_path)
    assert read_by(numbers, warehouse) == {"measures.duckdb", "parquet/a", "SHA256SUMS"}
    assert read_by(evidence, warehouse) == {"evidence.duckdb", "evidence/a_evidence"}
    assert read_by(3, warehouse) == set()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to groups of others")
def test_readers_outside_the_service_read_the_shared_edition_alone(tmp_path: Path) -> None:
    shared = {"shared/measures.duckdb", "shared/parquet/a"}
    warehouse = publish_for(editions.Readers(*GROUPS, shared=3), tmp_path)
    assert [read_by(group, warehouse) & shared for group in (*GROUPS, 3)] == [set(), set(), shared]
    assert read_by(3, warehouse) == shared


def test_readers_of_the_numbers_alone_read_no_case(tmp_path: Path) -> None:
    warehouse = publish_for(editions.Readers(numbers=GROUPS[0]), tmp_path)
    assert read_by(GROUPS[0], warehouse) == {"measures.duckdb", "parquet/a", "SHA256SUMS"}
    assert read_by(HERE if os.geteuid() == 0 else -1, warehouse) == set()


def test_without_a_group_nobody_else_reads(tmp_path: Path) -> None:
    assert read_by(HERE, publish_for(editions.Readers(), tmp_path)) == set()
