"""
Pull the extracts out of a reporting database that holds the Standard Safeguarding Dataset.

Each table or view that has the name of an extract becomes that extract's Parquet file: the contract's columns
and no other, every value in the words that landing reads. All are read as they stood at one moment.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from csc_measures.contract.extracts import Code, Column, Extract, read_contract
from csc_measures.landing.reading import float_text
from csc_measures.pulling import database, place
from csc_measures.stop import ExitCode, Stop

if TYPE_CHECKING:
    import sqlalchemy


def decimal_text(value: Decimal) -> str:
    """Spell a decimal in plain digits, whole numbers without a point."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


SPELLINGS: dict[type, Callable[[Any], str | None]] = {
    str: str,
    int: str,
    UUID: str,
    float: float_text,
    Decimal: decimal_text,
    date: date.isoformat,
    datetime: lambda value: value.isoformat(" "),
    list: json.dumps,
}


@dataclass(frozen=True)
class Pulled:
    """
    What a pull wrote: rows by extract, and what it left out for want of a table or of any row.

    `n_further` extracts without a table are none of the Standard Safeguarding Dataset.
    """

    rows: Mapping[str, int]
    absent: tuple[str, ...]
    n_further: int
    empty: tuple[str, ...]


def pull(
    url: str | None, landing: Path, schema: str | None, environment: Mapping[str, str], console: Console
) -> Pulled:
    """
    Write each extract that a schema of the database has as a table, or view, into the landing folder.

    The folder has all of them at once or stays as it was. Raises Stop: 60 for what is wrong with the settings
    or where the database has no such table, 20 when a table lacks a column or a column holds what no extract
    can, 30 when the database refuses, 40 when another pull into the folder is on its way.
    """
    contract = read_contract()
    engine = database.engine_of(database.url_given(url, environment), is_argument=url is not None)
    with database.snapshot(engine) as (connection, is_snapshot):
        tables = database.tables_of(schema, set(contract.extracts), connection)
        extracts = [extract for name, extract in contract.extracts.items() if name in tables]
        check_tables(extracts, tables)
        if not is_snapshot:
            console.print(database.NO_SNAPSHOT)
        rows = {}
        with place.filled_at_once(landing) as folder:
            for extract in extracts:
                started = time.monotonic()
                rows[extract.name] = n_rows = write(
                    extract, tables[extract.name], contract.codes, connection, folder
                )
                seconds = time.monotonic() - started
                console.print(f"{'pull':<10}  {f'{extract.name}, {n_rows:,} rows':<75}  {seconds:5.1f} s")
            if not any(rows.values()):
                raise nothing_there("The tables of the Standard Safeguarding Dataset there are all empty.")
    left_out = [extract for name, extract in contract.extracts.items() if name not in tables]
    absent = tuple(extract.name for extract in left_out if extract.key.origin == "ssd")
    return Pulled(
        {name: n_rows for name, n_rows in rows.items() if n_rows},
        absent,
        len(left_out) - len(absent),
        tuple(name for name, n_rows in rows.items() if not n_rows),
    )


def check_tables(extracts: Sequence[Extract], tables: Mapping[str, database.Table]) -> None:
    """Stop with 60 when there is no table to read, with 20 when one lacks a column that its extract needs."""
    if not extracts:
        raise nothing_there(
            "The schema has no table of the Standard Safeguarding Dataset, or this user may not see it."
        )
    missing = [
        f"{tables[extract.name].name}: no column {column.name}"
        for extract in extracts
        for column in extract.columns
        if not column.is_optional and column.name not in tables[extract.name].columns
    ]
    if missing:
        raise Stop(
            ExitCode.EXTRACTS_REFUSED,
            "Tables of the database lack columns that the contract has.",
            missing,
            "Add them, empty if need be, or make views that have them. Nothing was written.",
        )


def nothing_there(what: str) -> Stop:
    """Say that there is nothing to pull."""
    return Stop(
        ExitCode.WRONG_SETTINGS,
        what,
        next_step="Name the schema that has ssd_person and the others with --schema.",
    )


def write(
    extract: Extract,
    table: database.Table,
    codes: Mapping[str, tuple[Code, ...]],
    connection: sqlalchemy.Connection,
    folder: Path,
) -> int:
    """Write a table as an extract, piece by piece, and return how many rows; without any there is no file."""
    columns = [column for column in extract.columns if column.name in table.columns]
    form = pa.schema([(column.name, pa.string()) for column in columns])
    spell = [speller(column, table, codes) for column in columns]
    path, n_rows = folder / f"{extract.name}.parquet", 0
    path.touch(mode=0o600)
    with path.open("wb") as file, pq.ParquetWriter(file, form, compression="zstd") as writer:
        for rows in pieces(table, [column.name for column in columns], extract.key.name, connection):
            values = zip(*rows, strict=True)
            texts = [[each(value) for value in column] for each, column in zip(spell, values, strict=True)]
            writer.write_table(pa.table([pa.array(column, pa.string()) for column in texts], schema=form))
            n_rows += len(rows)
    if not n_rows:
        path.unlink()
        return 0
    with path.open("rb") as written:
        os.fsync(written.fileno())
    return n_rows


def pieces(
    table: database.Table, names: Sequence[str], key: str, connection: sqlalchemy.Connection
) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield the rows of a table in pieces; only what the database does is told as its refusal."""
    told = f"{table.name}: this user may not read it, a value cannot be read, or the connection was lost."
    with database.refusals_told(told):
        rows = table.rows(names, key, connection)
    while True:
        with database.refusals_told(told):
            piece = next(rows, None)
        if piece is None:
            return
        yield piece


def speller(
    column: Column, table: database.Table, codes: Mapping[str, tuple[Code, ...]]
) -> Callable[[Any], str | None]:
    """
    Make what spells the values of a column as landing reads them; nothing stays nothing.

    What is true is `Y` where the column takes Y and N, else 1. Raises Stop (20) for what is no text, number,
    date or list, naming table and column.
    """
    takes_yes = column.type == "yes_no" or any(
        code.code == "Y" for code in codes.get(column.code_set or "", ())
    )
    yes, no = ("Y", "N") if takes_yes else ("1", "0")
    spellings: dict[type, Callable[[Any], str | None]] = {
        **SPELLINGS,
        bool: lambda value: yes if value else no,
        type(None): lambda _: None,
    }

    def spell(value: Any) -> str | None:
        if known := spellings.get(type(value)):
            return known(value)
        raise Stop(
            ExitCode.EXTRACTS_REFUSED,
            "A column of the database holds what is no text, number or date.",
            [f"{table.name}: {column.name} ({type(value).__name__})"],
            "Make it one, in a view if need be. The landing folder is as it was.",
        )

    return spell
