"""
Look over all that a night needs, and say of each what is well or what to do.

It only looks: it makes no file, takes no lock, and waits for nobody, so that it may be asked at any time,
also beside a night. Each check is a function that returns what it found, or stops with what is not well.
"""

from __future__ import annotations

import os
import platform
import re
import resource
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import metadata
from pathlib import Path

from rich.console import Console

from csc_measures import authorities, memory
from csc_measures.contract.extracts import read_contract
from csc_measures.definitions.agreement import AGREED, read_agreement
from csc_measures.definitions.register import read_definitions
from csc_measures.landing.deliveries import BESIDE
from csc_measures.landing.finding import find_deliveries
from csc_measures.night import disk, generations, guards, ledger, region, standing
from csc_measures.night.calendars import check_calendars
from csc_measures.night.encryption import check_encrypted
from csc_measures.night.nightly import check_space
from csc_measures.night.warehouse import check_owner, is_key_known
from csc_measures.project import LONDON, check_versions
from csc_measures.settings import KEY, KEY_FILE, Settings
from csc_measures.status import OLD_AFTER, as_hours
from csc_measures.stop import ExitCode, Stop, explain, printable

LEAST_FILES = 256  # open at once, in each process
LEAST_INODES = 2_000  # a run makes some hundred files, and the next is made before an older one goes
WITHOUT_LINKS = frozenset({"exfat", "msdos", "vfat"})
GOOD = (ExitCode.PUBLISHED, ExitCode.PUBLISHED_WITH_SET_ASIDE)
HOLDER = re.compile(r"pid (\d+) on (.+), started ")

Check = Callable[[], str]


def doctor(environment: Mapping[str, str], console: Console) -> ExitCode:
    """Look over all that a night with these settings needs; return 0, or 60 when something is not well."""
    return look_over(checks(environment), console)


def look_over(checks: Iterable[tuple[str, Check]], console: Console) -> ExitCode:
    """Do the checks and say of each what it found; return 0, or 60 when something is not well."""
    unwell = []
    for name, check in checks:
        try:
            told, stop = check(), None
        except Stop as found:
            told, stop = found.what, found
        except (OSError, ValueError) as error:
            stop = explain(error)
            told = stop.what
        console.print(f"{'well' if stop is None else 'NOT WELL':<10}{name:<13}{told}")
        if stop:
            unwell.append(name)
            for line in (*stop.where, *stop.next_step.splitlines()):
                console.print(f"{'':<23}{printable(line)}")
    if not unwell:
        console.print("All is well.")
        return ExitCode.PUBLISHED
    console.print(f"Not well: {', '.join(unwell)}. Nothing was touched.")
    return ExitCode.WRONG_SETTINGS


def doctor_of_region(environment: Mapping[str, str], console: Console) -> ExitCode:
    """Look over what a region and the night of each authority need; return 0, or 60 when one is not well."""
    found = []
    for code in (codes := authorities.known(environment)):
        console.rule(f"{code} {authorities.name_of(code)}", characters="-", align="left")
        found.append(doctor(authorities.environment_of(code, environment), console))
    console.rule("all authorities", characters="-", align="left")
    found.append(look_over(checks_of_region(environment, codes), console))
    return max(found)


def checks_of_region(environment: Mapping[str, str], codes: Sequence[str]) -> Iterator[tuple[str, Check]]:
    """Yield the checks of what all authorities of a region have in common."""
    settings = Settings.from_environment(environment, is_demo=True)
    warehouse = settings.warehouse_dir.absolute()
    yield "settings", partial(settings_of_region_told, settings, environment, codes)
    yield "key", partial(key_told, environment, warehouse)
    yield "permissions", partial(permissions_told, warehouse)
    yield "lock", partial(lock_told, warehouse)
    yield "warehouse", partial(region_told, warehouse)


def settings_of_region_told(settings: Settings, environment: Mapping[str, str], codes: Sequence[str]) -> str:
    """Ask whether the extracts lie as those of a region, and whose the settings of one authority are."""
    region.check_layout(settings, codes)
    authorities.check_settings(environment, codes)
    return f"{len(codes)} authorities: {', '.join(codes)}"


def region_told(warehouse: Path) -> str:
    """Read all that a region serves, and ask whether any authority has no numbers of its last night."""
    generations.check_served(warehouse)
    generation = generations.served(warehouse)
    if generation is None:
        return "nothing has been published yet"
    every = standing.authorities_in(generation)
    if kept := [f"{each.authority}: {standing.words_of(each)}" for each in every if not each.is_published]:
        next_step = "See how its nights have ended: measures runs --authority CODE"
        raise not_well("Not all authorities have numbers of their last night.", next_step, *kept)
    return "every file is as it was published, with numbers of the last night of each authority"


def checks(environment: Mapping[str, str]) -> Iterator[tuple[str, Check]]:
    """Yield the checks in order; those that go by settings only where these can be read."""
    keyless = {name: value for name, value in environment.items() if name not in (KEY, KEY_FILE)}
    try:
        settings = Settings.from_environment(keyless, is_demo=True)
    except Stop:
        settings = None
    yield "settings", partial(settings_told, keyless)
    yield "versions", versions_told
    yield "memory", partial(memory_told, settings.memory if settings else Settings.memory)
    yield "open files", open_files_told
    if settings is None:
        return
    warehouse = settings.warehouse_dir.absolute()
    yield "key", partial(key_told, environment, warehouse)
    yield "permissions", partial(permissions_told, warehouse)
    yield "file system", partial(file_system_told, warehouse)
    yield "disk", partial(disk_told, warehouse)
    yield "encryption", partial(encryption_told, warehouse, settings.needs_encryption)
    yield "lock", partial(lock_told, warehouse)
    yield "warehouse", partial(warehouse_told, settings)
    yield "last run", partial(last_run_told, warehouse)
    yield "clock", partial(clock_told, settings)
    yield "extracts", partial(extracts_told, settings)
    yield "agreement", partial(agreement_told, settings)


def not_well(what: str, next_step: str, *where: object) -> Stop:
    """Say what is not well, where and what to do."""
    return Stop(ExitCode.WRONG_SETTINGS, what, [str(place) for place in where], next_step)


# --- The machine


def settings_told(environment: Mapping[str, str]) -> str:
    """Read the settings, the key apart."""
    settings = Settings.from_environment(environment, is_demo=True)
    return f"extracts from {settings.landing_dir}, as at {settings.as_at}, authority {settings.authority}"


def versions_told() -> str:
    """Hold the installed packages against the lock file."""
    check_versions()
    named = ", ".join(f"{name} {metadata.version(name)}" for name in ("dbt-core", "dbt-duckdb", "duckdb"))
    return f"Python {platform.python_version()}, {named}, as in the lock file"


def memory_told(allowed: int) -> str:
    """Ask what memory can be had, by machine, container and user; a night may take what is `allowed`."""
    limits = list(memory_limits())
    least = min(limits, default=None)
    if least is None:
        return "this system does not tell how much is free"
    if least < allowed:
        raise not_well(
            f"{least >> 20:,} MiB can be had, and a night may take {allowed >> 20:,} MiB.",
            f"Free memory, or let a night take less: export {memory.MEMORY}={max(least >> 20, memory.LEAST)}",
        )
    return f"{least >> 20:,} MiB can be had"


def memory_limits(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> Iterator[int]:
    """Yield the bytes that each of those who limit memory still gives."""
    if found := re.search(r"^MemAvailable: +(\d+) kB", text_of(proc / "meminfo"), re.MULTILINE):
        yield int(found[1]) << 10
    most, used = (text_of(cgroup / f"memory.{name}").strip() for name in ("max", "current"))
    if most.isdigit() and used.isdigit():
        yield int(most) - int(used)
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        yield soft


def text_of(file: Path) -> str:
    """Return the text of a file, or nothing where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""


def open_files_told() -> str:
    """Ask how many files a process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < LEAST_FILES:
        raise not_well(f"A process may open {soft:,} files only.", f"Type: ulimit -n {4 * LEAST_FILES}")
    return "as many as a night needs"


# --- The warehouse


def key_told(environment: Mapping[str, str], warehouse: Path) -> str:
    """Hold the key of the pseudonyms against the warehouse."""
    key = Settings.from_environment(environment).pseudonym_key
    is_known = is_key_known(warehouse, key, is_demo=False)
    return "the one of the nights before" if is_known else "can be used; the first night binds it"


def permissions_told(warehouse: Path) -> str:
    """Ask whether the folder of the warehouse is this user's alone, or can be made."""
    if warehouse.is_dir():
        check_owner(warehouse)
        return f"{warehouse} is this user's alone"
    parent = present(warehouse)
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        next_step = "Name another folder in CSC_WAREHOUSE_DIR, or let this user make it."
        raise not_well("The folder of the warehouse cannot be made.", next_step, warehouse)
    return f"{warehouse} is not there yet; the first night makes it"


def present(path: Path) -> Path:
    """Return the innermost folder on the way to a path that is there."""
    return next(each for each in (path, *path.parents) if os.path.lexists(each))


def file_system_told(warehouse: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Ask whether the file system of the warehouse can be written to, and has room for files and links."""
    about = os.statvfs(present(warehouse))
    if about.f_flag & os.ST_RDONLY:
        next_step = "Name a folder in CSC_WAREHOUSE_DIR that can be written to."
        raise not_well("The file system of the warehouse is read-only.", next_step, warehouse)
    if about.f_files and about.f_favail < LEAST_INODES:
        next_step = "Remove files, or name a folder on another disk in CSC_WAREHOUSE_DIR."
        raise not_well(f"There is room for {about.f_favail:,} more files only.", next_step, warehouse)
    kind = kind_of_file_system(present(warehouse).resolve(), text_of(mounts))
    if kind in WITHOUT_LINKS:
        what = f"The file system {kind} has no symbolic links, by which a generation is shown to readers."
        raise not_well(what, "Name a folder on another disk in CSC_WAREHOUSE_DIR.", warehouse)
    return kind or "this system does not tell which it is"


def kind_of_file_system(path: Path, mounts: str) -> str:
    """Return the kind of the file system that a path is on, by a text such as /proc/mounts; else nothing."""
    kinds = {}
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        kinds[Path(point.replace("\\040", " "))] = kind
    return next((kinds[each] for each in (path, *path.parents) if each in kinds), "")


def disk_told(warehouse: Path) -> str:
    """Ask whether the disk has room for the next night."""
    folder = present(warehouse)
    check_space(folder)
    return f"{shutil.disk_usage(folder).free >> 20:,} MiB are free"


def encryption_told(warehouse: Path, is_needed: bool) -> str:
    """Ask whether the disk of the warehouse is encrypted; it need not be unless that is asked for."""
    try:
        check_encrypted(present(warehouse))
    except Stop:
        if is_needed:
            raise
        return "the disk is not known to be encrypted: docs/running.md"
    return "the disk is encrypted"


def lock_told(warehouse: Path) -> str:
    """Read who holds the warehouse, as its lock tells; the lock itself is left alone."""
    holder = text_of(warehouse / "lock").strip()
    if not holder:
        return "nobody holds the warehouse"
    if (named := HOLDER.match(holder)) and named[2] == socket.gethostname() and not is_alive(int(named[1])):
        return f"left by a dead run ({holder}); the next one takes it over"
    return f"held by a run ({holder}); another would end with {ExitCode.WAREHOUSE_HELD}"


def is_alive(pid: int) -> bool:
    """Say whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def warehouse_told(settings: Settings) -> str:
    """Read all that is served, and ask whether the settings follow on it."""
    warehouse = settings.warehouse_dir.absolute()
    generations.check_served(warehouse)
    history = generations.published_runs(warehouse)
    guards.check_kind(settings.landing_dir, history)
    guards.check_follows(settings, history, {})
    return "every file is as it was published" if history else "nothing has been published yet"


def last_run_told(warehouse: Path) -> str:
    """Ask how the last run ended, and how old is what is served."""
    runs = [line for line in ledger.read(warehouse) if line["command"] != "restore"]
    if not runs:
        return "there was none yet"
    last = runs[-1]
    if last["exit_code"] not in GOOD:
        ended = "without a word" if last["exit_code"] is None else f"with {last['exit_code']}"
        next_step = "See how each run ended: measures runs"
        raise not_well(f"The last run ended {ended}.", next_step, last["run_id"], last["stopped"])
    run = generations.served_run(warehouse, generations.published_runs(warehouse))
    if run is None:
        return f"{last['run_id']} ended well; nothing has been published yet"
    age = disk.utc_now() - run.finished_at
    if age > OLD_AFTER:
        next_step = "Run: measures nightly"
        raise not_well(f"What is served was published {as_hours(age)} ago.", next_step, f"run {run.run_id}")
    return f"{last['run_id']} ended with {last['exit_code']}; what is served is {as_hours(age)} old"


def clock_told(settings: Settings) -> str:
    """Hold the clock against the last run and the as-at date, and that against the calendars."""
    generations.new_run_id(settings.warehouse_dir.absolute())
    now = datetime.now(LONDON)
    if settings.as_at > now.date():
        next_step = "Set the clock, or CSC_AS_AT, right."
        raise not_well(f"The as-at date {settings.as_at} lies ahead of it.", next_step, f"{now:%Y-%m-%d}")
    check_calendars(settings.as_at)
    return f"{now:%Y-%m-%d %H:%M} in London, after the last run"


# --- What is delivered


def extracts_told(settings: Settings) -> str:
    """Ask what lies in the landing folder, and how long ago it was written there."""
    known = read_contract().extracts
    found = find_deliveries(settings.landing_dir, Path("raw"), known, BESIDE)
    if found.refusals:
        raise not_well("A night would refuse them.", "Mend what is named.", *found.refusals)
    delivered = [each for each in found.deliveries() if each.extract in known]
    if not delivered:
        next_step = "Deliver the extracts there, or set CSC_LANDING_DIR."
        raise not_well("There is none in the landing folder.", next_step, settings.landing_dir)
    if unreadable := [each.name for each in delivered if not os.access(each.source, os.R_OK)]:
        raise not_well("Files cannot be read.", "Let this user read them.", *unreadable)
    stale = [
        f"{each.name}, {as_hours(age)} old" for each in delivered if (age := age_of(each.source)) > OLD_AFTER
    ]
    if stale:
        next_step = "See whether their source still delivers them."
        raise not_well(f"Files not written anew for {as_hours(OLD_AFTER)}: {len(stale)}.", next_step, *stale)
    return (
        f"{len({each.extract for each in delivered})} of {len(known)}, none older than {as_hours(OLD_AFTER)}"
    )


def agreement_told(settings: Settings) -> str:
    """Check the agreement as a night would."""
    agreement = read_agreement(settings.agreement_dir, settings.as_at, read_definitions())
    rows = [row["basis"] for table in agreement.tables.values() for row in table]
    return f"{len(rows):,} rows, {rows.count(AGREED):,} of them agreed"


def age_of(file: Path) -> timedelta:
    """Return how long ago a file was written."""
    return datetime.now(UTC) - datetime.fromtimestamp(file.stat().st_mtime, UTC)
