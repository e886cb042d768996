"""Write small landing folders for tests, and land them."""

import csv
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from csc_measures.contract.extracts import read_contract
from csc_measures.landing import land as landing
from csc_measures.landing.changes import FILLED, Before, read_kept
from csc_measures.landing.land import LandingReport, land
from csc_measures.settings import Settings

AS_AT = date(2026, 3, 31)
KEY = b"a key for tests, long enough to be one"
AN_HOUR = 3600
DATABASE = duckdb.connect()
WITHOUT_ROWS: dict[pa.Schema, bytes] = {}
write = landing._write


def write_once(table: pa.Table, path: Path, distinct: Iterable[str] = ()) -> None:
    """Write a table as landing does; one without rows, of which each landing has dozens, once of its kind."""
    if distinct or table.num_rows:
        write(table, path, distinct)
    elif written := WITHOUT_ROWS.get(table.schema):
        path.write_bytes(written)
        path.chmod(0o600)
    else:
        write(table, path)
        WITHOUT_ROWS[table.schema] = path.read_bytes()


landing._write = write_once


def csv_bytes(
    extract: str, rows: Iterable[Mapping[str, str]], columns: list[str] | None = None, ending: str = "\n"
) -> bytes:
    """Write rows as CSV with all columns of the extract (or the given ones); what a row lacks is empty."""
    columns = columns or [column.name for column in read_contract().extracts[extract].columns]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=ending)
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return text.getvalue().encode()


@dataclass
class Landed:
    """What a test landed: the report and the folder of the run."""

    report: LandingReport
    run: Path

    def rows(self, name: str, columns: str = "*") -> list[tuple]:
        """Query one landed file, in its own order."""
        path = self.run / "landed" / f"{name}.parquet"
        return DATABASE.execute(f"select {columns} from read_parquet('{path}')").fetchall()

    def types(self, name: str) -> list[tuple[str, str]]:
        """Give the columns of a landed file with their DuckDB types."""
        path = self.run / "landed" / f"{name}.parquet"
        described = DATABASE.execute(f"describe select * from read_parquet('{path}')").fetchall()
        return [(column, data_type) for column, data_type, *_ in described]

    def column(self, name: str, column: str) -> list:
        """Give one column of a landed file."""
        return [value for (value,) in self.rows(name, column)]

    def as_last(self, as_at: date = AS_AT) -> Before:
        """Give what a run that published it would tell the next one."""
        landed, report = self.run / "landed", self.report
        kept = read_kept(landed / FILLED)
        return Before(as_at, report.loaded, report.fingerprints, kept, landed, report.landed)

    @property
    def quality(self) -> list[tuple]:
        """Findings as (file, line, column, rule, effect)."""
        return self.rows("data_quality", "file, line, column_name, rule, effect")


class Night:
    """A landing folder to fill, and its landing; files look an hour old, so that nothing is waited for."""

    def __init__(self, folder: Path) -> None:
        """Make an empty landing folder."""
        self.folder = folder
        self.landing = folder / "landing"
        self.landing.mkdir()
        self.runs = 0

    def settings(self, **changes: object) -> Settings:
        """Give the settings of the test run."""
        given = {
            "landing_dir": self.landing,
            "warehouse_dir": self.folder / "warehouse",
            "as_at": AS_AT,
            "months": 36,
            "authority": "885",
            "allow_missing": (),
            "pseudonym_key": KEY,
        }
        return Settings(**(given | changes))

    def put(self, name: str, data: bytes) -> Path:
        """Put a file into the landing folder."""
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.age(path)
        return path

    def put_rows(self, extract: str, rows: Iterable[Mapping[str, str]], **how: object) -> Path:
        """Put an extract's rows into the landing folder as CSV."""
        return self.put(f"{extract}.csv", csv_bytes(extract, rows, **how))

    def age(self, path: Path) -> None:
        """Make a file look an hour old."""
        then = path.stat().st_mtime - AN_HOUR
        os.utime(path, (then, then))

    def land(self, before: Before | None = None, **changes: object) -> Landed:
        """Land the folder as a new run."""
        self.runs += 1
        run = self.folder / f"run_{self.runs}"
        return Landed(land(self.settings(**changes), run, before), run)
