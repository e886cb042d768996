"""
Publish a tested build: one whole generation at a time, swapped in by one atomic step.

A generation is a folder `generations/<run id>/` of the warehouse. `measures.duckdb`, with the schema `marts`,
and `parquet/`, with the same tables, hold numbers; `evidence.duckdb` and `evidence/` hold the cases behind
them and have readers of their own; `history/` holds the snapshots, which only the next night reads; `dbt/`
what dbt says of the build; `SHA256SUMS` is over all of it. It is made in the folder of its run and moved to
`generations/` when it is whole. Readers follow the link `current`; in the warehouse folder the names of both
editions are links through it. Swapping `current` is the only moment of publication: before it nothing of a
run is seen, after it all of it, and the history of published runs (`marts.runs`) travels inside the
generation; the ledger beside them tells of every run. A generation is never written to again, and only age
removes it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from rich.progress import Progress

from csc_measures.landing.erased import latest, read_erased
from csc_measures.night import ledger
from csc_measures.night.detail import columns_shown
from csc_measures.sql import pattern, quoted
from csc_measures.stop import ExitCode, Stop, is_no_room

KEPT_GENERATIONS = 7
RUN_ID = "%Y%m%dT%H%M%S%fZ"
GRACE = timedelta(days=1)  # for those who still read what the next generation has taken the place of
DATABASE = "measures.duckdb"
HISTORY = "history"
OUTCOMES = ("safe_from_harm", "full_potential", "positive_contribution", "healthy_lives")
CHECKSUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Edition:
    """
    Marts of a generation that have their readers in common: a database and a folder of Parquet files.

    `catalog` is what the database is called in a statement while it is written and read back.
    """

    catalog: str
    database: str
    folder: str

    def holds(self, mart: str) -> bool:
        """Say whether a mart belongs here: to the evidence what tells of single cases or rows."""
        return (self is EVIDENCE) == (mart.endswith("_evidence") or mart == "data_quality")

    def table(self, mart: str) -> str:
        """Name the table of a mart in a statement."""
        return f"{self.catalog}.marts.{mart}"


NUMBERS = Edition("published", DATABASE, "parquet")
EVIDENCE = Edition("evidence", "evidence.duckdb", "evidence")
EDITIONS = (NUMBERS, EVIDENCE)


def edition_of(mart: str) -> Edition:
    """Return the edition that a mart is published in."""
    return next(edition for edition in EDITIONS if edition.holds(mart))


@dataclass(frozen=True)
class Readers:
    """The groups of the system, by number, that may read the numbers and the evidence; None is nobody."""

    numbers: int | None = None
    evidence: int | None = None

    @property
    def groups(self) -> list[int]:
        """The groups that there are, the numbers' first."""
        return [group for group in dict.fromkeys((self.numbers, self.evidence)) if group is not None]

    def of(self, name: str) -> int | None:
        """Return the group that may read a file or folder of a generation, by its path within it."""
        part = Path(name).parts[0]
        if part in (EVIDENCE.database, EVIDENCE.folder):
            return self.evidence
        return self.numbers if part in (NUMBERS.database, NUMBERS.folder, CHECKSUMS) else None


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
    "parameters": ("VARCHAR", "Value of every parameter that was used: JSON object."),
    "agreement_digest": ("VARCHAR", "SHA-256 over the files of the agreement that was used."),
}


def utc_now() -> datetime:
    """Return the time now, in UTC, without a zone, as the warehouse keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def served(warehouse: Path) -> Path | None:
    """Return the folder of the generation that readers see, or None where the link `current` names none."""
    current, generations = warehouse / "current", warehouse / "generations"
    if not current.is_symlink():
        return None
    generation = generations / current.readlink().name
    return generation if generation.is_dir() and generation.samefile(current) else None


def has_lost_current(warehouse: Path) -> bool:
    """Say whether something was published here and no link `current` says what is served."""
    was_shown = any(os.path.lexists(warehouse / name) for name in ("current", DATABASE))
    # A night killed in its last moment may leave a first generation that nobody has seen.
    return served(warehouse) is None and (was_shown or len(subfolders(warehouse / "generations")) > 1)


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
        for edition in EDITIONS
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
    folders = reversed(subfolders(warehouse / "generations"))
    return next((folder for folder in folders if folder != but and not damages(folder)), None)


def pointing(warehouse: Path, generation: Path) -> str:
    """Return the command that makes readers see a generation."""
    return f"ln -sfn generations/{generation.name} {shlex.quote(str(warehouse / 'current'))}"


def damages(generation: Path) -> list[str]:
    """Name the files of a generation that differ from its SHA256SUMS or stand on one side alone, and how."""
    sums = generation / CHECKSUMS
    if not sums.is_file():
        return [f"{CHECKSUMS} is missing"]
    lines = sums.read_text(encoding="utf-8", errors="replace").splitlines()
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    present = {file.relative_to(generation).as_posix() for file in generation.rglob("*") if file.is_file()}
    found = [f"{name} is not listed in {CHECKSUMS}" for name in sorted(present - {CHECKSUMS} - listed.keys())]
    for name, digest in listed.items():
        if name not in present:
            found.append(f"{name} is missing")
        elif sha256(generation / name) != digest:
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
    for folder in subfolders(warehouse / "generations"):
        if folder == generation or folder.name in seen:
            table = pq.ParquetFile(folder / "parquet" / "runs.parquet").read()
            known = table.select([*filter(RUNS_COLUMNS.get, table.column_names)])
            runs |= {run["run_id"]: Run(**run) for run in known.to_pylist()}
    return [runs[run_id] for run_id in sorted(runs)]


def served_run(warehouse: Path, runs: list[Run]) -> Run | None:
    """Return the run whose generation readers see."""
    generation = served(warehouse)
    return next((run for run in runs if generation and run.run_id == generation.name), None)


def new_run_id(warehouse: Path) -> str:
    """Return an id for a run that starts now; stop with 30 when the clock stands before the last run."""
    run_id = utc_now().strftime(RUN_ID)
    recorded = [line["run_id"] for line in ledger.read(warehouse)]
    recorded += [folder.name for folder in subfolders(warehouse / "generations")]
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
    known |= {folder.name for folder in subfolders(warehouse / "generations")}
    landed = warehouse / "landed"
    landed_run = landed.readlink().parent.name if landed.is_symlink() else None
    for folder in subfolders(warehouse / "runs"):
        if folder.name not in known | {landed_run}:
            left += remove(folder)
            continue
        for part in ("build", "generation"):
            if (folder / part).exists():
                left += remove(folder / part)
    for name in ("current.new", "landed.new", "building.new", "building"):
        (warehouse / name).unlink(missing_ok=True)
    return left


def remove(folder: Path) -> list[str]:
    """Remove a folder and what is in it; return the path where that ended, if it did, and why."""
    try:
        shutil.rmtree(folder)
    except OSError as error:
        return [f"{error.filename or folder} ({error.strerror})"]
    return []


def prune(warehouse: Path, keep_raw_runs: int) -> list[str]:
    """
    Remove what is older than the latest generations, extracts and logs too; never the served one.

    Nor is a generation removed before the next one has been served for a day. The files as delivered, which
    name people, stay with the latest `keep_raw_runs` runs only. Once a generation is served without those who
    were erased, whatever is older goes. Returns what could not be removed, which stops no night.
    """
    generation, folders = served(warehouse), subfolders(warehouse / "generations")
    still_read = [folder for folder, following in pairwise(folders) if age(following) < GRACE]
    kept = [*folders[-KEPT_GENERATIONS:], *still_read]
    oldest = min([generation, *kept]).name if generation else ""
    erased = latest(read_erased(warehouse))
    if generation and generation.name > erased:
        oldest = max(oldest, erased)
    parents = [warehouse / name for name in ("generations", "runs", "logs")]
    too_old = [folder for parent in parents for folder in subfolders(parent) if folder.name < oldest]
    runs = subfolders(warehouse / "runs")
    too_raw = [run / "raw" for run in runs[: max(0, len(runs) - keep_raw_runs)] if (run / "raw").exists()]
    return [path for folder in (*too_old, *too_raw) if folder.exists() for path in remove(folder)]


def age(generation: Path) -> timedelta:
    """Return how long ago a generation was sealed."""
    return utc_now() - datetime.fromtimestamp(generation.stat().st_mtime, UTC).replace(tzinfo=None)


def subfolders(folder: Path) -> list[Path]:
    """Return the folders in a folder, in order of name; none when it does not exist."""
    return sorted(entry for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []


def point(link: Path, target: str) -> None:
    """Make a link point at a target relative to it, in one step: a reader sees the old or the new one."""
    fresh = link.with_name(f"{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
    sync(link.parent)


def bring_history(warehouse: Path, build: Path) -> None:
    """
    Start the database of a build with the snapshots that were published last, for dbt to go on from.

    A snapshot thus takes in only nights that passed their tests: what a failed night adds is thrown away
    with its build. Those who were erased since are left out.
    """
    generation = served(warehouse)
    files = sorted((generation / "history").glob("*.parquet")) if generation else []
    erased = list(read_erased(warehouse))
    with duckdb.connect(str(build)) as connection:
        connection.execute("create schema history")
        for file in files:
            connection.execute(f"create table history.{file.stem} as from read_parquet(?)", [pattern(file)])
            if "person_id" in pq.read_schema(file).names:
                connection.execute(
                    f"delete from history.{file.stem} where list_contains(?, person_id)", [erased]
                )


def write_generation(
    build: Path,
    generation: Path,
    docs: dict,
    history: list[Run],
    run: Run,
    progress: Progress,
    detail: str,
    readers: Readers,
) -> tuple[Run, dict[str, tuple[int, int]]]:
    """
    Copy the marts of a build into a new generation and prove the copy.

    `docs` describes every mart and its columns, as `building.Build` has it; `detail` says how much evidence
    tells (`settings.EVIDENCE_DETAILS`). Rows are ordered by all their columns. Returns the run with its row
    counts, and of each mart its rows and the sum of their hashes. Raises Stop: 30 when there is no mart, 70
    when one reads otherwise than it was written.
    """
    for part in (*(edition.folder for edition in EDITIONS), HISTORY):
        (generation / part).mkdir(parents=True)
    with duckdb.connect(config={"temp_directory": str(build.parent / "spill")}) as connection:
        # Views name the database that they were built in: its stem, measures.
        connection.execute(f"attach '{quoted(build)}' as measures (read_only)")
        for edition in EDITIONS:
            # 1.x clients, such as those inside BI drivers, read no later storage version.
            attach(connection, generation, edition, "storage_version 'v1.0.0'")
            connection.execute(f"create schema {edition.catalog}.marts")
        expected = {}
        marts = marts_of(connection, "measures")
        for mart in progress.track(marts, description="copying marts"):
            copy_mart(connection, mart, docs.get(mart, {}), detail)
            expected[mart] = fingerprint(connection, edition_of(mart).table(mart))
        row_counts = as_json({mart: n_rows for mart, (n_rows, _) in expected.items()})
        run = replace(run, row_counts=row_counts, finished_at=utc_now())
        write_runs(connection, [*history, run])
        for mart in progress.track([*expected, "runs"], description="writing Parquet"):
            edition = edition_of(mart)
            write_parquet(connection, edition.table(mart), generation / edition.folder / f"{mart}.parquet")
        for snapshot in tables_of(connection, "measures", "history"):
            ordered = f"(from measures.history.{snapshot} order by all)"
            write_parquet(connection, ordered, generation / HISTORY / f"{snapshot}.parquet")
        for edition in EDITIONS:
            connection.execute(f"detach {edition.catalog}")
    prove(generation, expected, progress)
    seal(generation, readers)
    return run, expected


def attach(connection: duckdb.DuckDBPyConnection, generation: Path, edition: Edition, how: str) -> None:
    """Attach the database of an edition under the name of its catalog."""
    database = quoted(generation / edition.database)
    connection.execute(f"attach '{database}' as {edition.catalog} ({how})")


def reading(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """
    Open what is served, the numbers and the evidence, read-only: `marts` has the tables of both.

    Both are of one generation, whatever is published meanwhile. Raises Stop (60) when another version of
    this project published it, which kept no evidence apart.
    """
    generation = served(warehouse)
    if generation is None or not all((generation / edition.database).exists() for edition in EDITIONS):
        raise of_another_version(warehouse)
    connection = duckdb.connect(generation / NUMBERS.database, read_only=True)
    attach(connection, generation, EVIDENCE, "read_only")
    connection.execute(f"set search_path = '{Path(NUMBERS.database).stem}.marts,{EVIDENCE.catalog}.marts'")
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


def write_parquet(connection: duckdb.DuckDBPyConnection, relation: str, file: Path) -> None:
    """Write a relation to a Parquet file."""
    connection.execute(f"copy {relation} to '{quoted(file)}' (format parquet, compression zstd)")


def marts_of(connection: duckdb.DuckDBPyConnection, database: str) -> list[str]:
    """Return the names of the marts in a database, tables and views; stop with 30 when there are none."""
    marts = tables_of(connection, database, "marts")
    if not marts:
        raise Stop(
            ExitCode.CHECK_FAILED,
            "The build holds no marts.",
            [],
            "See how models/marts is materialised in dbt_project.yml.",
        )
    return marts


def tables_of(connection: duckdb.DuckDBPyConnection, database: str, schema: str) -> list[str]:
    """Return the names of the tables and views of a schema, in order."""
    rows = connection.execute(
        "select table_name from information_schema.tables "
        "where table_catalog = ? and table_schema = ? order by table_name",
        [database, schema],
    ).fetchall()
    return [name for (name,) in rows]


def copy_mart(connection: duckdb.DuckDBPyConnection, mart: str, doc: dict, detail: str) -> None:
    """Copy one mart from `measures`, the build, to its edition, ordered, with its descriptions."""
    built, table = f"measures.marts.{mart}", edition_of(mart).table(mart)
    shown = columns_shown(connection, built, detail)
    connection.execute(f"create table {table} as select {shown} from {built} order by all")
    comment(connection, table, doc.get("description", ""), doc.get("columns", {}))


def write_runs(connection: duckdb.DuckDBPyConnection, runs: list[Run]) -> None:
    """Write the history of published runs, this one included, as the mart `runs`."""
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in RUNS_COLUMNS.items())
    table = edition_of("runs").table("runs")
    connection.execute(f"create table {table} ({columns})")
    holes = ", ".join("?" * len(RUNS_COLUMNS))
    connection.executemany(
        f"insert into {table} values ({holes})",
        [[getattr(run, name) for name in RUNS_COLUMNS] for run in runs],
    )
    comment(connection, table, RUNS_COMMENT, {name: text for name, (_, text) in RUNS_COLUMNS.items()})


def comment(
    connection: duckdb.DuckDBPyConnection, table: str, description: str, columns: dict[str, str]
) -> None:
    """Keep descriptions with a published table and its columns, where BI tools show them."""
    connection.execute(f"comment on table {table} is '{quoted(description)}'")
    for column, text in columns.items():
        connection.execute(f"comment on column {table}.\"{column}\" is '{quoted(text)}'")


def prove(generation: Path, expected: dict[str, tuple[int, int]], progress: Progress) -> None:
    """Open a generation as a reader would, read every value of both forms; stop with 70 when one differs."""
    mart = next(iter(expected))
    try:
        with duckdb.connect() as connection:
            for edition in EDITIONS:
                attach(connection, generation, edition, "read_only")
            for mart, wanted in progress.track(expected.items(), description="reading back"):
                edition = edition_of(mart)
                parquet = quoted(pattern(generation / edition.folder / f"{mart}.parquet"))
                in_database = fingerprint(connection, edition.table(mart))
                if not wanted == in_database == fingerprint(connection, f"read_parquet('{parquet}')"):
                    raise damaged_copy(mart, generation)
    except duckdb.Error as error:
        if is_no_room(error):
            raise
        raise damaged_copy(mart, generation) from error


def damaged_copy(mart: str, generation: Path) -> Stop:
    """Say that a mart of a new generation is not what was written there."""
    return Stop(
        ExitCode.WAREHOUSE_DAMAGED,
        f"The mart {mart} reads otherwise than it was written.",
        [str(generation)],
        "Nothing was published; what was published last is whole. Check the disk, then run the night again.",
    )


def fingerprint(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, int]:
    """Return the number of rows of a relation and a sum over the hashes of its rows, whatever their order."""
    summed = f"select count(*), coalesce(sum(hash(t)), 0) from {relation} as t"
    [(n_rows, hashes)] = connection.execute(summed).fetchall()
    return n_rows, hashes


def seal(generation: Path, readers: Readers) -> None:
    """
    Write the checksums of a generation, make its files read-only and wait until all of it is on disk.

    Each edition is given to the group that may read it, the history of the snapshots to none.
    """
    sums = digests(generation)
    text = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
    (generation / CHECKSUMS).write_text(text, encoding="utf-8")
    for name in (*sums, CHECKSUMS):
        let_read(generation / name, readers.of(name), readers)
        sync(generation / name)
    for folder in subfolders(generation):
        let_read(folder, readers.of(folder.name), readers)
        sync(folder)
    let_pass(generation, readers)
    for folder in (generation, generation.parent):
        sync(folder)


def let_read(path: Path, group: int | None, readers: Readers) -> None:
    """Let a group read a file or list a folder, nobody beside the owner when it is None."""
    if group is not None:
        os.chown(path, -1, group)
    if path.is_dir():
        path.chmod(0o700 if group is None else 0o750)
    else:
        # without any readers the folders above let nobody pass
        path.chmod(0o400 if group is None and readers.groups else 0o440)


def let_pass(folder: Path, readers: Readers) -> None:
    """Let the readers pass a folder on the way to what they may read; only the first group may list it."""
    if readers.groups:
        os.chown(folder, -1, readers.groups[0])
    folder.chmod((0o700, 0o750, 0o751)[len(readers.groups)])


def swap(warehouse: Path, sealed: Path, run_id: str, readers: Readers) -> None:
    """Move a sealed generation to the others and show it to the readers: the one moment of publication."""
    generations = warehouse / "generations"
    generations.mkdir(exist_ok=True)
    let_pass(generations, readers)
    if readers.groups:
        let_pass(warehouse, readers)
    sealed.rename(generations / run_id)
    sync(generations)
    show(warehouse, run_id)


def show(warehouse: Path, run_id: str) -> None:
    """Let readers see a generation."""
    point(warehouse / "current", f"generations/{run_id}")
    for edition in EDITIONS:
        for name in (edition.database, edition.folder):
            if not (warehouse / name).is_symlink():
                (warehouse / name).symlink_to(f"current/{name}")
    sync(warehouse)


def sync_all(folder: Path) -> None:
    """Wait until a folder, with all that is in it, is on disk."""
    for path in (*folder.rglob("*"), folder):
        sync(path)


def sync(path: Path) -> None:
    """Wait until a file or a folder is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems know no fsync of folders
            raise
    finally:
        os.close(handle)


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file, as 64 hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder and its folders, by path within it."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): sha256(file) for file in files}


def as_json(value: dict | Sequence) -> str:
    """Return a JSON text that is the same for the same content."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
