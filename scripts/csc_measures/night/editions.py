"""
Editions: the parts of a generation that have readers of their own, and who these are.

`measures.duckdb`, with the schema `marts`, and `parquet/`, with the same tables, hold numbers, and
`scorecard/` shows them as pages; `evidence.duckdb`, `evidence/` and `evidence_pages/` hold the cases behind
them; `shared/` has both forms of what is told outside the service (`csc_measures.night.shared`). A sealed
generation is given to their groups, has checksums over all of it and is never written to again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from csc_measures.night import disk
from csc_measures.sql import quoted

DATABASE = "measures.duckdb"
HISTORY = "history"
OUTCOMES = ("safe_from_harm", "full_potential", "positive_contribution", "healthy_lives")
CHECKSUMS = "SHA256SUMS"
# 1.x clients, such as those inside BI drivers, read no later storage version.
WRITTEN = "storage_version 'v1.0.0'"


@dataclass(frozen=True)
class Edition:
    """
    What of a generation has its readers in common: a database, a folder of Parquet files and one of pages.

    `catalog` is what the database is called in a statement while it is written and read back.
    """

    catalog: str
    database: str
    folder: str
    pages: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Its parts, as they are named in a generation and, by links, in the warehouse."""
        return self.database, self.folder, self.pages

    def holds(self, mart: str) -> bool:
        """Say whether a mart belongs here: to the evidence what tells of single cases or rows."""
        return (self is EVIDENCE) == (mart.endswith("_evidence") or mart == "data_quality")

    def table(self, mart: str) -> str:
        """Name the table of a mart in a statement."""
        return f"{self.catalog}.marts.{mart}"


NUMBERS = Edition("published", DATABASE, "parquet", "scorecard")
EVIDENCE = Edition("evidence", "evidence.duckdb", "evidence", "evidence_pages")
EDITIONS = (NUMBERS, EVIDENCE)
"""Those that hold the marts as they were built."""
SHARED_FOLDER = "shared"
SHARED = Edition(
    "shared", f"{SHARED_FOLDER}/{DATABASE}", f"{SHARED_FOLDER}/parquet", f"{SHARED_FOLDER}/scorecard"
)
EVERY_EDITION = (*EDITIONS, SHARED)
SHOWN = (*(name for edition in EDITIONS for name in edition.parts), SHARED_FOLDER)
"""What readers find in the folder of the warehouse."""


def edition_of(mart: str) -> Edition:
    """Return the edition that a mart is published in."""
    return next(edition for edition in EDITIONS if edition.holds(mart))


@dataclass(frozen=True)
class Readers:
    """
    The groups of the system, by number, that may read each edition; None is nobody.

    Those that are `passing` read none of these, but pass a folder on the way to what else they may read.
    """

    numbers: int | None = None
    evidence: int | None = None
    shared: int | None = None
    passing: tuple[int, ...] = ()

    @property
    def groups(self) -> list[int]:
        """The groups that there are, the numbers' first."""
        every = (self.numbers, self.evidence, self.shared, *self.passing)
        return [group for group in dict.fromkeys(every) if group is not None]

    def of(self, name: str) -> int | None:
        """Return the group that may read a file or folder of a generation, by its path within it."""
        part = Path(name).parts[0]
        if part in EVIDENCE.parts:
            return self.evidence
        if part == SHARED_FOLDER:
            return self.shared
        return self.numbers if part in (*NUMBERS.parts, CHECKSUMS) else None


def attach(connection: duckdb.DuckDBPyConnection, generation: Path, edition: Edition, how: str) -> None:
    """Attach the database of an edition under the name of its catalog."""
    database = quoted(generation / edition.database)
    connection.execute(f"attach '{database}' as {edition.catalog} ({how})")


def seal(generation: Path, readers: Readers) -> None:
    """
    Write the checksums of a generation, make its files read-only and wait until all of it is on disk.

    Each edition is given to the group that may read it, the history of the snapshots to none.
    """
    sums = disk.digests(generation)
    text = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
    (generation / CHECKSUMS).write_text(text, encoding="utf-8")
    for name in (*sums, CHECKSUMS):
        let_read(generation / name, readers.of(name), readers)
    for folder in sorted(path for path in generation.rglob("*") if path.is_dir()):
        let_read(folder, readers.of(folder.relative_to(generation).as_posix()), readers)
    let_pass(generation, readers)
    disk.sync_all(generation)
    disk.sync(generation.parent)


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
    folder.chmod((0o700, 0o750, 0o751)[min(len(readers.groups), 2)])
