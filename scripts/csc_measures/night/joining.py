"""
Join what authorities serve into one generation of their region: the same marts, with `authority` first.

Each mart has the rows of every authority, in their order, and so has its Parquet file; `authority` is part of
its grain. `marts.authorities` says of each which run its numbers are of, and how its last night has ended.
Nothing is worked out over authorities, so that the shared edition tells no more than theirs do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import astuple, replace
from pathlib import Path

import duckdb
from rich.progress import Progress

from csc_measures import memory
from csc_measures.night import editions, publish
from csc_measures.night.standing import AUTHORITY, COLUMNS, DESCRIPTION, MART, Authority
from csc_measures.night.tables import comment, fingerprint, tables_of, write_parquet

GRAIN = "Grain: one row per "

Shape = dict[str, str]
"""The type of each column of a table, in order, but for `authority`."""


def join(
    parts: Mapping[str, Path], authorities: Sequence[Authority], generation: Path, progress: Progress
) -> dict[str, tuple[int, int]]:
    """
    Write the marts of generations, by authority, into one, and prove that it holds each row of theirs.

    Returns of each mart of the numbers and the evidence the rows and the sum of their hashes, worked out from
    what was joined. Raises Stop (70) when what was written reads otherwise.
    """
    expected: dict[editions.Edition, dict[str, tuple[int, int]]] = {}
    with closing(duckdb.connect(config=memory.of_duckdb(generation.parent))) as connection:
        for edition in progress.track(editions.EVERY_EDITION, description="joining authorities"):
            (generation / edition.folder).mkdir(parents=True)
            editions.attach(connection, generation, edition, editions.WRITTEN)
            connection.execute(f"create schema {edition.catalog}.marts")
            expected[edition] = join_edition(connection, edition, parts)
            if edition is editions.NUMBERS:
                expected[edition][MART] = write_authorities(connection, authorities)
            for mart in expected[edition]:
                file = generation / edition.folder / f"{mart}.parquet"
                write_parquet(connection, edition.table(mart), file)
            connection.execute(f"detach {edition.catalog}")
    *marts, shared = (expected[edition] for edition in editions.EVERY_EDITION)
    every = {mart: wanted for each in marts for mart, wanted in each.items()}
    publish.prove(generation, every, shared, progress)
    return every


def join_edition(
    connection: duckdb.DuckDBPyConnection, edition: editions.Edition, parts: Mapping[str, Path]
) -> dict[str, tuple[int, int]]:
    """Write the tables of one edition; return the rows and the sum of hashes of what they are to hold."""
    catalogs = {code: f"of_{code}" for code in parts}
    for code, catalog in catalogs.items():
        editions.attach(connection, parts[code], replace(edition, catalog=catalog), "read_only")
    tables = {code: tables_of(connection, catalog, "marts") for code, catalog in catalogs.items()}
    joined = {}
    for mart in sorted({mart for each in tables.values() for mart in each}):
        sources = {code: f"{catalogs[code]}.marts.{mart}" for code in parts if mart in tables[code]}
        joined[mart] = join_mart(connection, edition.table(mart), sources)
    for catalog in catalogs.values():
        connection.execute(f"detach {catalog}")
    return joined


def join_mart(
    connection: duckdb.DuckDBPyConnection, table: str, sources: Mapping[str, str]
) -> tuple[int, int]:
    """
    Write one table out of those of authorities; return the rows and the sum of hashes that it is to have.

    A column that one of them lacks, since another version of this project has published it, is null there.
    """
    each = (f"select * {without(connection, source)} from {source}" for source in sources.values())
    every = " union all by name ".join(each)
    shape = shape_of(connection, f"({every})")
    columns = ", ".join(f'"{name}" {kind}' for name, kind in shape.items())
    connection.execute(f"create table {table} ({AUTHORITY} varchar, {columns})")
    n_rows = hashes = 0
    for code, source in sources.items():
        rows = f"(select {selected(code, shape, shape_of(connection, source))} from {source})"
        connection.execute(f"insert into {table} from {rows}")
        n, summed = fingerprint(connection, rows)
        n_rows, hashes = n_rows + n, hashes + summed
    describe(connection, table, list(sources.values()))
    return n_rows, hashes


def shape_of(connection: duckdb.DuckDBPyConnection, relation: str) -> Shape:
    """Return the columns of a relation and their types, but for its authority."""
    rows = connection.execute(f"describe from {relation}").fetchall()
    return {name: kind for name, kind, *_ in rows if name != AUTHORITY}


def without(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """Leave the authority out of a relation that has it, such as `runs`."""
    rows = connection.execute(f"describe from {relation}").fetchall()
    return f"exclude ({AUTHORITY})" if AUTHORITY in {name for name, *_ in rows} else ""


def selected(code: str, shape: Shape, has: Shape) -> str:
    """Return the list of columns, as SQL, with which the rows of an authority come into a table."""
    columns = (
        f'cast({name_in(name, has)} as {kind}) as "{name}"' if has.get(name) != kind else f'"{name}"'
        for name, kind in shape.items()
    )
    return ", ".join((f"'{code}' as {AUTHORITY}", *columns))


def name_in(name: str, has: Shape) -> str:
    """Return a column, or null where it is not there."""
    return f'"{name}"' if name in has else "null"


def describe(connection: duckdb.DuckDBPyConnection, table: str, sources: Iterable[str]) -> None:
    """Keep with a table what those that it was made of say of themselves, the authority part of its grain."""
    description, columns = "", dict[str, str]()
    for source in sources:
        catalog, schema, name = source.split(".")
        place = "database_name = ? and schema_name = ? and table_name = ?"
        [[told]] = connection.execute(
            f"select coalesce(any_value(comment), '') from duckdb_tables() where {place}",
            [catalog, schema, name],
        ).fetchall()
        of_columns = connection.execute(
            f"select column_name, comment from duckdb_columns() where {place} and comment is not null",
            [catalog, schema, name],
        ).fetchall()
        description, columns = description or told, dict(of_columns) | columns
    comment(connection, table, with_authority(description), columns | {AUTHORITY: COLUMNS[AUTHORITY][1]})


def with_authority(description: str) -> str:
    """Make the authority part of the grain with which a description ends."""
    if description.endswith("Grain: one row."):
        return f"{description.removesuffix('.')} per authority."
    told, grain, of = description.rpartition(GRAIN)
    glue = "," if " and " in of else " and"
    return f"{told}{grain}authority{glue} {of}" if grain else description


def write_authorities(
    connection: duckdb.DuckDBPyConnection, authorities: Sequence[Authority]
) -> tuple[int, int]:
    """Write the mart `authorities`; return its rows and the sum of their hashes."""
    table = editions.NUMBERS.table(MART)
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in COLUMNS.items())
    connection.execute(f"create table {table} ({columns})")
    holes = ", ".join("?" * len(COLUMNS))
    rows = [astuple(each) for each in authorities]
    connection.executemany(f"insert into {table} values ({holes})", rows)
    comment(connection, table, DESCRIPTION, {name: told for name, (_, told) in COLUMNS.items()})
    return fingerprint(connection, table)
