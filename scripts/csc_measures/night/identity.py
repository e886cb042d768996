"""
From the id of a record to its pseudonym, and back, for those who hold the key.

Both ways are recorded in the ledger, by the pseudonym: who asks after a case can be asked why.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from rich.console import Console

from csc_measures import memory
from csc_measures.contract.extracts import Column, Extract, read_contract
from csc_measures.landing.pseudonyms import Pseudonyms
from csc_measures.landing.values import read_id
from csc_measures.night import disk, generations, ledger
from csc_measures.night.generations import what_is_served
from csc_measures.night.warehouse import check_folder, check_key, hold
from csc_measures.settings import Settings
from csc_measures.sql import pattern
from csc_measures.stop import ExitCode, Stop

LEAST_SHOWN = 8  # characters of a pseudonym that name it


def find_pseudonym(record: str, settings: Settings, console: Console) -> None:
    """
    Show the pseudonym of an id as delivered, of each kind of id that the served run's extracts hold it as.

    Raises Stop: 60 when they do not hold it, or the key is another than the warehouse's.
    """
    name, _ = read_id(record)
    with opened(settings) as (connection, landed):
        made = {
            kind: Pseudonyms(settings.pseudonym_key).of(kind)(name or "")
            for kind in sorted({column.id_of for _, column in id_columns() if column.id_of})
        }
        found = {
            column.id_of: made[column.id_of]
            for extract, column in id_columns()
            if column.id_of and seen(connection, landed, extract, column, made[column.id_of])
        }
        if not found:
            raise unknown("The extracts of the served run hold no such id.")
        for kind, pseudonym in found.items():
            record_it(settings, pseudonym)
            console.print(f"{kind}: {pseudonym}")
        console.print(f"Next: measures evidence --case {pseudonym[: LEAST_SHOWN + 4]}")


def find_record(pseudonym: str, settings: Settings, console: Console) -> None:
    """
    Show the records of a pseudonym, given by its first characters: extract, file, line, id as delivered.

    Raises Stop: 60 when there is none, or the file as delivered is not kept any more.
    """
    if len(pseudonym) < LEAST_SHOWN:
        raise unknown(f"A pseudonym is known by {LEAST_SHOWN} characters or more.")
    with opened(settings) as (connection, landed):
        records = [
            (extract, column, where)
            for extract, column in id_columns()
            if column.is_key and (where := seen(connection, landed, extract, column, pseudonym))
        ]
        if not records:
            raise unknown("The extracts of the served run hold no record of this pseudonym.")
        for whole in sorted({where[0] for _, _, where in records}):
            record_it(settings, whole)
        for extract, column, (whole, file, line) in records:
            name = as_delivered(connection, landed.parent / "raw" / file, column, whole, settings)
            console.print(f"{extract.name}: {file}, line {line}, {column.name} {name}")


def id_columns() -> Iterator[tuple[Extract, Column]]:
    """Yield the columns of the contract that land as pseudonyms of ids."""
    for extract in read_contract().extracts.values():
        for column in extract.columns:
            if column.id_of and column.lands:
                yield extract, column


def seen(
    connection: duckdb.DuckDBPyConnection, landed: Path, extract: Extract, column: Column, pseudonym: str
) -> tuple[str, str, int] | None:
    """Return where a pseudonym first stands in a landed column: it, file and line; None where it does not."""
    file = landed / f"{extract.name}.parquet"
    if not file.exists():
        return None
    found: tuple[str, str, int] | None = connection.execute(
        f"select {column.name}, source_file, source_line from read_parquet(?) "
        f"where starts_with({column.name}, ?) order by source_file, source_line limit 1",
        [pattern(file), pseudonym],
    ).fetchone()
    return found


def as_delivered(
    connection: duckdb.DuckDBPyConnection, file: Path, column: Column, pseudonym: str, settings: Settings
) -> str:
    """Return the id in a delivered file that a pseudonym was made of; Stop (60) where that is not kept."""
    if not file.exists():
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The file as delivered is not kept any more.",
            [file.name],
            "Look the line up in the delivery itself, or keep more runs: CSC_KEEP_RAW_RUNS.",
        )
    is_parquet = file.suffix == ".parquet"
    read = (
        "read_parquet(?)"
        if is_parquet
        else "read_csv(?, all_varchar = true, header = true, ignore_errors = true)"
    )
    made_of = Pseudonyms(settings.pseudonym_key).of(column.id_of or "")
    names = connection.execute(
        f'select distinct cast("{column.name}" as varchar) from {read}', [pattern(file)]
    )
    for (text,) in names.fetchall():
        name, _ = read_id(text or "")
        if name and made_of(name) == pseudonym:
            return name
    raise unknown("No id of the file as delivered has this pseudonym.")


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Hold the warehouse with its own key, and give the landed extracts of the run that is served."""
    warehouse = settings.warehouse_dir.absolute()
    check_folder(warehouse)
    with hold(warehouse), duckdb.connect(config=memory.of_duckdb()) as connection:
        check_key(warehouse, settings.pseudonym_key, settings.is_demo)
        yield connection, warehouse / "runs" / what_is_served(warehouse).name / "landed"


def record_it(settings: Settings, pseudonym: str) -> None:
    """Record in the ledger who has asked after which pseudonym."""
    warehouse, now = settings.warehouse_dir.absolute(), disk.utc_now()
    asked = {"pseudonym": pseudonym, "user": getpass.getuser()}
    run_id = generations.new_run_id(warehouse)
    ledger.append(warehouse, ledger.Entry(run_id, "case", now, asked, exit_code=0, ended_at=now))


def unknown(what: str) -> Stop:
    """Say that nothing was found."""
    return Stop(ExitCode.WRONG_SETTINGS, what, [], "Type for example: measures case --pseudonym 1a2b3c4d5e6f")
