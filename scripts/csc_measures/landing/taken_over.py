"""
Take over what the last published run landed of the extracts that have not changed.

Each run keeps, beside its landed extracts, what landing knows of them that their rows do not tell: what
became of each file, what was kept, and what was found, by file, line, column and rule, never a value. An
extract is taken over when all of this holds, else it is landed anew:

- The project, its packages, Python, the key, and the files with their names and order are the same.
- The as-at date is the same, or a later one where no date lay after it.
- What the last run landed of it is as it was left, and nobody who was erased is in it, then or now.
- Its references are broken where they were, now that what they refer to has landed.

Published words are searched for names and ids as delivered. So they and the extracts that hold those are
taken over together, or none of them is.
"""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from csc_measures.contract.extracts import Contract, Extract
from csc_measures.landing.changes import Before
from csc_measures.landing.deliveries import FileReport, fingerprint_of
from csc_measures.landing.erased import Erasure
from csc_measures.landing.finding import Delivery
from csc_measures.landing.landed_columns import PEOPLE, ColumnReader
from csc_measures.landing.losses import Kept
from csc_measures.landing.pseudonyms import Pseudonyms
from csc_measures.landing.quality import QUALITY_SCHEMA
from csc_measures.project import code_version

RECORD = "known.parquet"
KNOWN = b"known"


def made_by(key: bytes) -> list[Any]:
    """Return what landing is done with, as JSON has it: project, packages, Python, and a check of the key."""
    return [code_version(), platform.python_version(), Pseudonyms(key).of("key check")("")]


@dataclass(frozen=True)
class Record:
    """What landing knows of the extracts of a run beside their rows; `covered` are those of coverage.csv."""

    made_by: Sequence[Any] = ()
    covered: Sequence[str] = ()
    files: Sequence[FileReport] = ()
    kept: Mapping[str, Kept] = field(default_factory=dict)
    findings: pa.Table = field(default_factory=QUALITY_SCHEMA.empty_table)

    def write(self, landed: Path) -> None:
        """Write it beside the extracts: the findings as rows, all else as a text that goes with them."""
        told = {
            "made_by": self.made_by,
            "covered": self.covered,
            "files": [asdict(each) | {"written_at": None} for each in self.files],
            "kept": {name: asdict(kept) for name, kept in self.kept.items()},
        }
        findings = self.findings.combine_chunks().replace_schema_metadata({KNOWN: json.dumps(told)})
        pq.write_table(findings, landed / RECORD, compression="zstd")
        (landed / RECORD).chmod(0o600)

    @classmethod
    def read(cls, landed: Path, now: Sequence[Any]) -> Record:
        """Read what was written, but for the times of files; nothing where it was made by something else."""
        table = pq.ParquetFile(landed / RECORD).read()
        told = json.loads((table.schema.metadata or {}).get(KNOWN, "{}"))
        if told.get("made_by") != now:
            return cls()
        files = [FileReport(**each) for each in told["files"]]
        kept = {name: Kept(**each) for name, each in told["kept"].items()}
        return cls(now, told["covered"], files, kept, table.replace_schema_metadata(None))

    def files_of(self, extract: str) -> list[FileReport]:
        """Return what became of the files of an extract, in their order."""
        return [each for each in self.files if each.extract == extract]

    def findings_of(self, extract: str) -> pa.Table:
        """Return what was found in an extract, in the order in which it was."""
        return self.findings.filter(pc.equal(self.findings["extract"], extract))


class Columns:
    """The columns of a landed extract, each read when it is asked for."""

    def __init__(self, path: Path) -> None:
        """Read how many rows there are."""
        self._path = path
        self.num_rows: int = pq.read_metadata(path).num_rows

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        """Read one column."""
        return pq.ParquetFile(self._path).read([name])[name]


class LastRun:
    """What the last published run landed, and which extracts were `taken_over` from it so far."""

    def __init__(self, before: Before, now: Sequence[Any]) -> None:
        """Read its record; `now` is what landing is done with."""
        self.taken_over: list[str] = []
        self._before = before
        self._unchanged: set[str] = set()
        self.record = (
            Record.read(before.landed, now) if before.landed and self._has_left(RECORD) else Record()
        )

    def compare(
        self, found: Mapping[str, Sequence[Delivery]], covered: Iterable[str], as_at: date, contract: Contract
    ) -> None:
        """Tell which extracts may be taken over, by what was delivered and the date that it describes."""
        covered = {*covered}
        extracts = contract.extracts.keys()
        self._unchanged = {
            name
            for name in extracts & found.keys()
            if self._is_unchanged(name, found[name], name in covered, as_at)
        }
        told = _with_names_or_words(contract) & (found.keys() | self.record.kept.keys())
        if not told <= self._unchanged:
            self._unchanged -= told

    def _is_unchanged(
        self, extract: str, deliveries: Sequence[Delivery], is_covered: bool, as_at: date
    ) -> bool:
        files = [(each.file, each.sha256) for each in self.record.files_of(extract)]
        if (
            files != [(each.name, each.sha256) for each in deliveries]
            or is_covered != (extract in self.record.covered)
            or not self._has_left(_file_of(extract))
        ):
            return False
        rules = self.record.findings_of(extract)["rule"].unique().to_pylist()
        then = self._before.as_at
        is_later = then is not None and then < as_at
        return "erased" not in rules and (then == as_at or (is_later and "after_as_at" not in rules))

    def _has_left(self, name: str) -> bool:
        """Tell whether a file that it landed is there, and as it was left."""
        left = self._before.digests.get(name)
        return bool(self._before.landed and left and fingerprint_of(self._before.landed / name) == left)

    def take_over(
        self, extract: Extract, reader: ColumnReader, erasure: Erasure, landed: Path
    ) -> Columns | None:
        """
        Copy an extract to what lands now, and return its columns.

        None where it has changed, or would land otherwise now. What it refers to must have landed before.
        """
        if extract.name not in self._unchanged or not self._before.landed:
            return None
        kept = self._before.landed / _file_of(extract.name)
        columns = Columns(kept)
        if len(erasure.rows_of(columns, extract)) or self._breaks_otherwise(columns, extract, reader):
            return None
        shutil.copy(kept, landed)
        reader.take_over_keys(lambda: columns[extract.key.name], extract)
        self.taken_over.append(extract.name)
        return columns

    def _breaks_otherwise(self, columns: Columns, extract: Extract, reader: ColumnReader) -> bool:
        """Tell whether a reference that held is broken now, or one that was broken holds."""
        found = self.record.findings_of(extract.name)
        were = found.filter(pc.equal(found["rule"], "broken_reference"))
        for column in extract.columns:
            if column.refers_to and column.refers_to[0] not in {extract.name, *self.taken_over}:
                places = pa.array(reader.broken_references(columns[column.name], column))
                now = _where(*(columns[name].take(places) for name in ("source_file", "source_line")))
                of_column = were.filter(pc.equal(were["column_name"], column.name))
                if now != _where(of_column["file"], of_column["line"]):
                    return True
        return False

    def reports(self, deliveries: Iterable[Delivery]) -> list[FileReport]:
        """Return what became of the files of an extract that was taken over, with the times they have now."""
        times = {each.name: each.written_at for each in deliveries}
        return [
            replace(each, written_at=times[each.file]) for each in self.record.files if each.file in times
        ]


def _where(files: pa.ChunkedArray, lines: pa.ChunkedArray) -> set[tuple[str, int]]:
    return set(zip(files.to_pylist(), lines.to_pylist(), strict=True))


def _with_names_or_words(contract: Contract) -> set[str]:
    """Name the extracts with published words, and those with the names and ids that these must not tell."""
    return {PEOPLE} | {
        extract.name for extract in contract.extracts.values() if extract.is_published or extract.holds_names
    }


def _file_of(extract: str) -> str:
    return f"{extract}.parquet"
