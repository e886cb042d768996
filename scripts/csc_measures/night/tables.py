"""Tables of a generation: described, written to Parquet, and known by a sum over their rows."""

from __future__ import annotations

from pathlib import Path

import duckdb

from csc_measures.sql import quoted

SCRATCH = "recovery_mode no_wal_writes, storage_version latest"
"""
How a database of a build is attached: thrown away when it fails, copied when it is published, read by nothing
older than what wrote it. So it has no log to recover it from, and DuckDB's newest format.
"""


def write_parquet(connection: duckdb.DuckDBPyConnection, relation: str, file: Path) -> None:
    """Write a relation to a Parquet file."""
    connection.execute(f"copy {relation} to '{quoted(file)}' (format parquet, compression zstd)")


def tables_of(connection: duckdb.DuckDBPyConnection, database: str, schema: str) -> list[str]:
    """Return the names of the tables and views of a schema, in order."""
    rows = connection.execute(
        "select table_name from information_schema.tables "
        "where table_catalog = ? and table_schema = ? order by table_name",
        [database, schema],
    ).fetchall()
    return [name for (name,) in rows]


def comment(
    connection: duckdb.DuckDBPyConnection, table: str, description: str, columns: dict[str, str]
) -> None:
    """Keep descriptions with a published table and its columns, where BI tools show them."""
    on_columns = [f"column {table}.\"{column}\" is '{quoted(text)}'" for column, text in columns.items()]
    told = [f"table {table} is '{quoted(description)}'", *on_columns]
    connection.execute("; ".join(["begin", *(f"comment on {each}" for each in told), "commit"]))


def fingerprint(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, int]:
    """Return the number of rows of a relation and a sum over the hashes of its rows, whatever their order."""
    summed = f"select count(*), coalesce(sum(hash(t)), 0) from {relation} as t"
    [(n_rows, hashes)] = connection.execute(summed).fetchall()
    return n_rows, hashes
