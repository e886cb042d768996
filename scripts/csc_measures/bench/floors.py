"""
The least that a large part of a night can take: `python -m csc_measures.bench.floors PART FROM TO`.

- `building`, FROM a warehouse: the compiled SQL alone makes the database TO.
- `landing`, FROM a folder with files as they were delivered: DuckDB's own reader parses every byte of them.
- `publishing`, FROM a generation: its tables are read and written again, as the database TO and as Parquet.

Each is one process with one connection and two threads.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from csc_measures.bench.compiled import THREADS, Compiled, opened
from csc_measures.landing.finding import SUFFIXES
from csc_measures.night.editions import EDITIONS, attach
from csc_measures.night.generations import what_is_served
from csc_measures.night.tables import tables_of, write_parquet
from csc_measures.sql import pattern, quoted


def building(warehouse: Path, database: Path) -> None:
    """Build what a warehouse serves, from the extracts that it has landed."""
    with opened((warehouse / "landed").resolve(), database) as connection:
        Compiled(what_is_served(warehouse)).build(connection)
        connection.execute("checkpoint measures")


def landing(delivered: Path, _: Path) -> None:
    """Parse the files in a folder and add up a hash of every row, all columns as text."""
    with duckdb.connect(config={"threads": THREADS}) as connection:
        for file in sorted(delivered.rglob("*")):
            if file.is_file() and file.name.lower().endswith(SUFFIXES):
                path = quoted(pattern(file))
                is_parquet = file.name.lower().endswith(".parquet")
                read = f"read_parquet('{path}')" if is_parquet else f"read_csv('{path}', {AS_TEXT})"
                connection.execute(f"select count(*), bit_xor(hash(t)) from {read} as t").fetchall()


AS_TEXT = (
    "all_varchar = true, header = true, delim = ',', quote = '\"', strict_mode = false, null_padding = true"
)
"""A delivered file may be wrong in any way; what is asked here is only how long it takes to read."""


def publishing(generation: Path, database: Path) -> None:
    """Write all tables of a generation's numbers and evidence, as they are, as a database and as Parquet."""
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute(f"attach '{quoted(database)}' as written (storage_version 'v1.0.0')")
        connection.execute("create schema written.marts")
        for edition in EDITIONS:
            attach(connection, generation, edition, "read_only")
            for mart in tables_of(connection, edition.catalog, "marts"):
                connection.execute(f"create table written.marts.{mart} as from {edition.table(mart)}")
                write_parquet(connection, edition.table(mart), database.with_name(f"{mart}.parquet"))
        connection.execute("checkpoint written")


PARTS = {each.__name__: each for each in (building, landing, publishing)}

if __name__ == "__main__":
    part, source, to = sys.argv[1:]
    PARTS[part](Path(source), Path(to))
