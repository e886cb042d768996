"""
Generations: what has been published, and what is served.

A generation is a folder `generations/<run id>/` of the warehouse: its editions, `history/` with the
snapshots, which only the next night reads, `dbt/` with what dbt says of the build, and `SHA256SUMS` over all
of it. It is made in the folder of its run and moved to `generations/` when it is whole. Readers follow the
link `current`; in the warehouse folder the names of the editions are links through it. Swapping `current` is
the only moment of publication: before it nothing of a run is seen, after it all of it, and the history of
published runs (`marts.runs`) travels inside the generation; the ledger beside them tells of every run. Only
age removes a generation.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from csc_measures.landing.erased import latest, read_erased
from csc_measures.night import disk, editions, ledger
from csc_measures.sql import pattern
from csc_measures.stop import ExitCode, Stop

KEPT_GENERATIONS = 7
RUN_ID = "%Y%m%dT%H%M%S%fZ"
GRACE = timedelta(days=1)  # for those who still read what the next generation has taken the place of
REBUILD = "rebuild"
"""Where an earlier run is built again; nothing of it stays."""


@dataclass(frozen=True)
class Run:
    """One row of `marts.runs`; the JSON columns are texts with sorted keys."""

    run_id: str
    as_at: date
    started_at: datetime
    finished_at: datetime
    months: int
    authority: str
    landing_folder: str
    definition_version: str
    input_fingerprints: str
    extract_rows: str
    row_counts: str
    n_rows_set_aside: int
    n_values_set_aside: int
    n_flagged: int
    unread_files: str = "[]"
    accepted: str = "[]"
    code_version: str = ""
    code_but_definitions: str = ""
    parameters: str = "{}"
    agreement_digest: str = ""


RUNS_COMMENT = "Every published run, the latest last. Grain: one row per published run."
RUNS_COLUMNS = {
    "run_id": ("VARCHAR", "Run id: the UTC time at which the run started; sorts in order of time."),
    "as_at": ("DATE", "The date that the extracts describe."),
    "started_at": ("TIMESTAMP", "When the run started, UTC."),
    "finished_at": ("TIMESTAMP", "When the tested build had been copied and was about to be published, UTC."),
    "months": ("INTEGER", "Months of history reported."),
    "authority": ("VARCHAR", "Three-digit DfE code of the authority."),
    "landing_folder": ("VARCHAR", "Folder that the extracts were read from."),
    "definition_version": ("VARCHAR", "Version of the definitions that the numbers follow."),
    "input_fingerprints": ("VARCHAR", "SHA-256 of every file that was landed: JSON object, file to digest."),
    "extract_rows": ("VARCHAR", "Rows loaded from each extract that was delivered: JSON object."),
    "row_counts": ("VARCHAR", "Rows of each mart, runs itself apart: JSON object."),
    "n_rows_set_aside": ("BIGINT", "Rows of the extracts that were set aside whole."),
    "n_values_set_aside": ("BIGINT", "Values that were set aside, their rows kept."),
    "n_flagged": ("BIGINT", "Findings that were flagged, nothing removed."),
    "unread_files": ("VARCHAR", "Files of the landing folder that are no extract's: JSON array of names."),
    "accepted": (
        "VARCHAR",
        "What was accepted: JSON array of rule, because (the reason) and found.",
    ),
    "code_version": ("VARCHAR", "SHA-256 over all files of the project that the numbers follow from."),
    "code_but_definitions": ("VARCHAR", "The same over those that are no definitions; empty: not known."),
    "parameters": ("VARCHAR", "Value of every parameter that was used: JSON object."),
    "agreement_digest": ("VARCHAR", "SHA-256 over the files of the agreement that was used."),
}


def served(warehouse: Path) -> Path | None:
    """Return the folder of the generation that readers see, or None where the link `current` names none."""
    current, generations = warehouse / "current", warehouse / "generations"
    if not current.is_symlink():
        return None
    generation = generations / current.readlink().name
    return generation if generation.is_dir() and generation.samefile(current) else None


def what_is_served(warehouse: Path) -> Path:
    """Return the folder of the generation that readers see, its files checked; stop with 60 or 70."""
    check_served(warehouse)
    generation = served(warehouse)
    if generation is None:
        raise nothing_published(warehouse)
    return generation


def nothing_published(warehouse: Path) -> Stop:
    """Say that there is nothing to read in a warehouse yet."""
    return Stop(
        ExitCode.WRONG_SETTINGS,
        "Nothing has been published in this warehouse yet.",
        [str(warehouse)],
        "Set CSC_WAREHOUSE_DIR if it is another folder, or run: measures nightly",
    )


def has_lost_current(warehouse: Path) -> bool:
    """Say whether something was published here and no link `current` says what is served."""
    was_shown = any(os.path.lexists(warehouse / name) for name in ("current", editions.DATABASE))
    # A night killed in its last moment may leave a first generation that nobody has seen.
    return served(warehouse) is None and (was_shown or len(disk.subfolders(warehouse / "generations")) > 1)


def check_served(warehouse: Path) -> None:
    """
    Stop with 70 when the served generation cannot be told or is damaged.

    Damage is a file that is missing or changed, or a stray log beside the database.
    """
    generation = served(warehouse)
    if broken := ledger.damages(warehouse):
        raise Stop(
            ExitCode.WAREHOUSE_DAMAGED,
            "The ledger of the warehouse, which records every run, is damaged. Nothing was removed.",
            broken,
            f"Get {ledger.LEDGER} back from a copy; without one, move it away: the next run begins another.",
        )
    if has_lost_current(warehouse):
        raise Stop(
            ExitCode.WAREHOUSE_DAMAGED,
            "The link `current` of the warehouse, which says what is served, is lost. Nothing was removed.",
            [str(warehouse / "current")],
            lost_way_out(warehouse),
        )
    if generation is None:
        return
    damage = damages(generation) + [
        f"{wal.name} lies beside the database"
        for edition in editions.EVERY_EDITION
        for wal in (warehouse / f"{edition.database}.wal", generation / f"{edition.database}.wal")
        if wal.exists()
    ]
    if damage:
        whole = latest_whole(warehouse, but=generation)
        way_out = (
            f"point its readers at the one before: {pointing(warehouse, whole)}"
            if whole
            else f"move {warehouse} away"
        )
        raise Stop(
            ExitCode.WAREHOUSE_DAMAGED,
            f"The published warehouse is damaged: {generation}",
            damage,
            f"Keep a copy of that folder, {way_out}; then run the night again, which builds anew.",
        )


def lost_way_out(warehouse: Path) -> str:
    """Say how to get a lost link `current` back."""
    current, whole = warehouse / "current", latest_whole(warehouse)
    if whole is None:
        return f"No whole generation is left: get {warehouse}/generations back, or name another warehouse."
    serve = f"To serve the latest whole generation, type: {pointing(warehouse, whole)}"
    return serve if current.is_symlink() or not current.exists() else f"Move {current} away. {serve}"


def latest_whole(warehouse: Path, but: Path | None = None) -> Path | None:
    """Return the latest generation without damage, `but` one, if there is any."""
    folders = reversed(disk.subfolders(warehouse / "generations"))
    return next((folder for folder in folders if folder != but and not damages(folder)), None)


def pointing(warehouse: Path, generation: Path) -> str:
    """Return the command that makes readers see a generation."""
    return f"ln -sfn generations/{generation.name} {shlex.quote(str(warehouse / 'current'))}"


def damages(generation: Path) -> list[str]:
    """Name the files of a generation that differ from its SHA256SUMS or stand on one side alone, and how."""
    sums = generation / editions.CHECKSUMS
    if not sums.is_file():
        return [f"{editions.CHECKSUMS} is missing"]
    lines = sums.read_text(encoding="utf-8", errors="replace").splitlines()
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    present = {file.relative_to(generation).as_posix() for file in generation.rglob("*") if file.is_file()}
    found = [
        f"{name} is not listed in {editions.CHECKSUMS}"
        for name in sorted(present - {editions.CHECKSUMS} - listed.keys())
    ]
    for name, digest in listed.items():
        if name not in present:
            found.append(f"{name} is missing")
        elif disk.sha256(generation / name) != digest:
            found.append(f"{name} has changed since it was published")
    return found


def published_runs(warehouse: Path) -> list[Run]:
    """
    Return the published runs, the latest last: those that the served generation holds, and later ones.

    There are later ones when an older generation was served again; the ledger tells them from a generation
    that a run was killed over before anybody saw it. A column that an older version of this project did not
    write has its default.
    """
    generation = served(warehouse)
    seen = ledger.published(ledger.read(warehouse))
    runs: dict[str, Run] = {}
    for folder in disk.subfolders(warehouse / "generations"):
        if folder == generation or folder.name in seen:
            table = pq.ParquetFile(folder / "parquet" / "runs.parquet").read()
            known = table.select([*filter(RUNS_COLUMNS.get, table.column_names)])
            runs |= {run["run_id"]: Run(**run) for run in known.to_pylist()}
    return [runs[run_id] for run_id in sorted(runs)]


def served_run(warehouse: Path, runs: list[Run]) -> Run | None:
    """Return the run whose generation readers see."""
    generation = served(warehouse)
    return next((run for run in runs if generation and run.run_id == generation.name), None)


def published_last(warehouse: Path, runs: list[Run]) -> Path | None:
    """Return the whole generation that was published last: another is served where one was restored."""
    generation, published = served(warehouse), {run.run_id for run in runs}
    folders = reversed(disk.subfolders(warehouse / "generations"))
    return next(
        (
            folder
            for folder in folders
            if folder.name in published and (folder == generation or not damages(folder))
        ),
        None,
    )


def new_run_id(warehouse: Path) -> str:
    """Return an id for a run that starts now; stop with 30 when the clock stands before the last run."""
    run_id = disk.utc_now().strftime(RUN_ID)
    recorded = [line["run_id"] for line in ledger.read(warehouse)]
    recorded += [folder.name for folder in disk.subfolders(warehouse / "generations")]
    if recorded and run_id <= max(recorded):
        raise Stop(
            ExitCode.CHECK_FAILED,
            "The clock of this machine stands before the start of the last run.",
            [f"run {max(recorded)}"],
            "Set the clock right and run the night again.",
        )
    return run_id


def started(run_id: str) -> datetime:
    """Return when a run started, UTC."""
    return datetime.strptime(run_id, RUN_ID)


def clean(warehouse: Path) -> list[str]:
    """
    Remove what dead runs left: their folders, builds and links; nothing where `current` is lost.

    Returns what could not be removed, which stops no night.
    """
    if has_lost_current(warehouse):
        return []
    left = []
    known = {run.run_id for run in published_runs(warehouse)}
    known |= {folder.name for folder in disk.subfolders(warehouse / "generations")}
    landed = warehouse / "landed"
    landed_run = landed.readlink().parent.name if landed.is_symlink() else None
    for folder in disk.subfolders(warehouse / "runs"):
        if folder.name not in known | {landed_run}:
            left += disk.remove(folder)
            continue
        for part in ("build", "generation"):
            if (folder / part).exists():
                left += disk.remove(folder / part)
    left += disk.remove(warehouse / REBUILD) if (warehouse / REBUILD).exists() else []
    for name in ("current.new", "landed.new", "building.new", "building"):
        (warehouse / name).unlink(missing_ok=True)
    return left


def prune(warehouse: Path, keep_raw_runs: int) -> list[str]:
    """
    Remove what is older than the latest generations, extracts and logs too; never the served one.

    Nor is a generation removed before the next one has been served for a day. The files as delivered, which
    name people, stay with the latest `keep_raw_runs` runs only. Once a generation is served without those who
    were erased, whatever is older goes. Returns what could not be removed, which stops no night.
    """
    generation, folders = served(warehouse), disk.subfolders(warehouse / "generations")
    still_read = [folder for folder, following in pairwise(folders) if disk.age(following) < GRACE]
    kept = [*folders[-KEPT_GENERATIONS:], *still_read]
    oldest = min([generation, *kept]).name if generation else ""
    erased = latest(read_erased(warehouse))
    if generation and generation.name > erased:
        oldest = max(oldest, erased)
    parents = [warehouse / name for name in ("generations", "runs", "logs")]
    too_old = [folder for parent in parents for folder in disk.subfolders(parent) if folder.name < oldest]
    runs = disk.subfolders(warehouse / "runs")
    too_raw = [run / "raw" for run in runs[: max(0, len(runs) - keep_raw_runs)] if (run / "raw").exists()]
    return [path for folder in (*too_old, *too_raw) if folder.exists() for path in disk.remove(folder)]


def bring_history(warehouse: Path, build: Path) -> None:
    """
    Start the database of a build with the snapshots that were published last, for dbt to go on from.

    A snapshot thus takes in only nights that passed their tests: what a failed night adds is thrown away
    with its build. Those who were erased since are left out.
    """
    start_build(build, served(warehouse), list(read_erased(warehouse)))


def start_build(build: Path, generation: Path | None, erased: Sequence[str] = ()) -> None:
    """Start the database of a build with the snapshots of a generation, those who were erased left out."""
    files = sorted((generation / editions.HISTORY).glob("*.parquet")) if generation else []
    with duckdb.connect(str(build)) as connection:
        connection.execute("create schema history")
        for file in files:
            connection.execute(f"create table history.{file.stem} as from read_parquet(?)", [pattern(file)])
            if "person_id" in pq.read_schema(file).names:
                connection.execute(
                    f"delete from history.{file.stem} where list_contains(?, person_id)", [[*erased]]
                )


def reading(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """
    Open what is served, the numbers and the evidence, read-only: `marts` has the tables of both.

    Both are of one generation, whatever is published meanwhile. Raises Stop (60) when another version of
    this project published it, which kept no evidence apart.
    """
    generation = served(warehouse)
    if generation is None or not all(
        (generation / edition.database).exists() for edition in editions.EDITIONS
    ):
        raise of_another_version(warehouse)
    connection = duckdb.connect(generation / editions.NUMBERS.database, read_only=True)
    editions.attach(connection, generation, editions.EVIDENCE, "read_only")
    connection.execute(
        f"set search_path = '{Path(editions.NUMBERS.database).stem}.marts,{editions.EVIDENCE.catalog}.marts'"
    )
    return connection


def of_another_version(warehouse: Path) -> Stop:
    """Say that what is served cannot be told by this version of the project."""
    return Stop(
        ExitCode.WRONG_SETTINGS,
        "What is served was published by another version of this project, which kept it otherwise.",
        [str(served(warehouse))],
        "Readers are not concerned. Run measures nightly, which publishes as this version does, or use the "
        "version that published it.",
    )


def swap(warehouse: Path, sealed: Path, run_id: str, readers: editions.Readers) -> None:
    """Move a sealed generation to the others and show it to the readers: the one moment of publication."""
    generations = warehouse / "generations"
    generations.mkdir(exist_ok=True)
    editions.let_pass(generations, readers)
    if readers.groups:
        editions.let_pass(warehouse, readers)
    sealed.rename(generations / run_id)
    disk.sync(generations)
    show(warehouse, run_id)


def show(warehouse: Path, run_id: str) -> None:
    """Let readers see a generation."""
    disk.point(warehouse / "current", f"generations/{run_id}")
    for name in editions.SHOWN:
        is_there = (warehouse / "generations" / run_id / name).exists()
        if is_there and not (warehouse / name).is_symlink():
            (warehouse / name).symlink_to(f"current/{name}")
    disk.sync(warehouse)
