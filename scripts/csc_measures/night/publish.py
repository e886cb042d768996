"""Copy the marts of a tested build into a new generation, and prove the copy before anybody sees it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
from rich.progress import Progress

from csc_measures import memory
from csc_measures.night import artefacts, disk, editions, generations
from csc_measures.night.companion import Companion
from csc_measures.night.detail import columns_shown
from csc_measures.night.said import carried
from csc_measures.night.shared import beside
from csc_measures.night.tables import comment, fingerprint, tables_of, write_parquet
from csc_measures.settings import Settings
from csc_measures.sql import pattern, quoted
from csc_measures.stop import ExitCode, Stop, is_no_room


def write_generation(
    build: Path,
    generation: Path,
    docs: dict,
    history: list[generations.Run],
    run: generations.Run,
    progress: Progress,
    settings: Settings,
    warehouse: Path,
    shared: Companion,
) -> tuple[generations.Run, dict[str, tuple[int, int]]]:
    """
    Copy the marts of a build into a new generation and prove the copy.

    `docs` describes every mart and its columns, as `building.Build` has it; the settings say how much
    evidence tells and which numbers are small, and `shared` makes the shared edition meanwhile. That, and
    what the night itself writes, go on from what the `warehouse` published before. Rows are ordered by all
    their columns. Returns the run with its row counts, and of each mart its rows and the sum of their hashes.
    Raises Stop: 30 when there is no mart, 70 when one reads otherwise than it was written.
    """
    for part in (*(edition.folder for edition in editions.EDITIONS), editions.HISTORY):
        (generation / part).mkdir(parents=True)
    last = generations.published_last(warehouse, history)

    def begin_shared() -> None:
        beside.begin(shared, build, generation, docs, settings, last)

    is_ample = memory.is_ample(build)
    if is_ample:
        begin_shared()
    with duckdb.connect(config=memory.of_duckdb(build.parent)) as connection:
        # Views name the database that they were built in: its stem, measures.
        connection.execute(f"attach '{quoted(build)}' as measures (read_only)")
        for edition in editions.EDITIONS:
            editions.attach(connection, generation, edition, editions.WRITTEN)
            connection.execute(f"create schema {edition.catalog}.marts")
        expected = {}
        marts = marts_of(connection, "measures")
        for mart in progress.track(marts, description="copying marts"):
            copy_mart(connection, mart, docs.get(mart, {}), settings.evidence_detail, is_ample=is_ample)
            expected[mart] = fingerprint(connection, editions.edition_of(mart).table(mart))
        dbt = generation / artefacts.FOLDER
        for mart, doc in carried.write(connection, warehouse, last, history, run, dbt).items():
            table = editions.edition_of(mart).table(mart)
            comment(connection, table, doc["description"], doc["columns"])
            expected[mart] = fingerprint(connection, table)
        artefacts.write_catalog(connection, dbt)
        row_counts = disk.as_json({mart: n_rows for mart, (n_rows, _) in expected.items()})
        run = replace(run, row_counts=row_counts, finished_at=disk.utc_now())
        write_runs(connection, [*history, run])
        for mart in progress.track([*expected, "runs"], description="writing Parquet"):
            edition = editions.edition_of(mart)
            write_parquet(connection, edition.table(mart), generation / edition.folder / f"{mart}.parquet")
        for snapshot in tables_of(connection, "measures", "history"):
            ordered = f"(from measures.history.{snapshot} order by all)"
            write_parquet(connection, ordered, generation / editions.HISTORY / f"{snapshot}.parquet")
        for edition in editions.EDITIONS:
            connection.execute(f"detach {edition.catalog}")
    if not is_ample:  # not before: it has room now that the copying has given back its own
        begin_shared()
    prove(generation, expected, beside.wait(shared), progress)
    return run, expected


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


def copy_mart(
    connection: duckdb.DuckDBPyConnection, mart: str, doc: dict, detail: str, *, is_ample: bool
) -> None:
    """
    Copy one mart from `measures`, the build, to its edition, ordered, with its descriptions.

    Without ample memory in two steps: what a view joins and what a sort keeps need not fit together then.
    """
    built, table = f"measures.marts.{mart}", editions.edition_of(mart).table(mart)
    rows = f"select {columns_shown(connection, built, detail)} from {built}"
    if not is_ample:
        connection.execute(f"create or replace temp table unordered as {rows}")
        rows = "from unordered"
    connection.execute(f"create table {table} as {rows} order by all")
    connection.execute("drop table if exists unordered")
    comment(connection, table, doc.get("description", ""), doc.get("columns", {}))


def write_runs(connection: duckdb.DuckDBPyConnection, runs: list[generations.Run]) -> None:
    """Write the history of published runs, this one included, as the mart `runs`."""
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in generations.RUNS_COLUMNS.items())
    table = editions.edition_of("runs").table("runs")
    connection.execute(f"create table {table} ({columns})")
    holes = ", ".join("?" * len(generations.RUNS_COLUMNS))
    connection.executemany(
        f"insert into {table} values ({holes})",
        [[getattr(run, name) for name in generations.RUNS_COLUMNS] for run in runs],
    )
    comment(
        connection,
        table,
        generations.RUNS_COMMENT,
        {name: text for name, (_, text) in generations.RUNS_COLUMNS.items()},
    )


def prove(
    generation: Path,
    expected: dict[str, tuple[int, int]],
    shared_tables: dict[str, tuple[int, int]],
    progress: Progress,
) -> None:
    """Open a generation as a reader would, read every value of both forms; stop with 70 when one differs."""
    written = [(editions.edition_of(mart), mart, wanted) for mart, wanted in expected.items()]
    written += [(editions.SHARED, mart, wanted) for mart, wanted in shared_tables.items()]
    [(_, mart, _), *_] = written
    try:
        with duckdb.connect(config=memory.of_duckdb(generation.parent)) as connection:
            for edition in editions.EVERY_EDITION:
                editions.attach(connection, generation, edition, "read_only")
            for edition, mart, wanted in progress.track(written, description="reading back"):
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
