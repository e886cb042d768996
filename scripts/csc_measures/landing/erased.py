"""
Keep which people were erased, by pseudonym, and leave out of what lands every row that is theirs.

`erased`, in the warehouse folder, has a line for each: the pseudonym and the time, in UTC, from which on
nothing of the person may be kept. A row is somebody's when a column names them, or a record of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csc_measures.contract.extracts import Extract
from csc_measures.landing.own_folder import write_private

ERASED = "erased"


def read_erased(warehouse: Path) -> dict[str, str]:
    """Return the pseudonyms of those who were erased, each with the time, as a run id has it."""
    file = warehouse / ERASED
    lines = file.read_text(encoding="ascii").splitlines() if file.is_file() else []
    return dict(line.split() for line in lines)


def add_erased(warehouse: Path, pseudonyms: Iterable[str], since: str) -> None:
    """Add people to those who were erased, or erase them again from a later time on."""
    erased = read_erased(warehouse) | dict.fromkeys(pseudonyms, since)
    part = warehouse / f"{ERASED}.part"
    write_private(part, "".join(f"{who} {when}\n" for who, when in sorted(erased.items())))
    part.replace(warehouse / ERASED)


class Erasure:
    """Finds the rows of those who were erased, extract by extract, each after those that it refers to."""

    def __init__(self, people: Iterable[str]) -> None:
        """Begin with the pseudonyms of people."""
        self._people = pa.array(sorted(people), pa.string())
        self._records: dict[str, pa.Array] = {}

    def rows_of(self, table: pa.Table, extract: Extract) -> np.ndarray:
        """Give the places of the rows of an extract, as it lands, that name them or a record of theirs."""
        is_theirs = np.zeros(table.num_rows, dtype=bool)
        for column in extract.columns:
            sought = self._sought(column.sensitivity == "person_key", column.refers_to)
            if column.lands and sought:
                is_theirs |= pc.is_in(table[column.name], value_set=sought).to_numpy()
        theirs = np.flatnonzero(is_theirs)
        if len(theirs):
            self._records[extract.name] = table[extract.key.name].take(pa.array(theirs)).combine_chunks()
        return theirs

    def _sought(self, is_person: bool, refers_to: tuple[str, str] | None) -> pa.Array | None:
        """Give the ids that make a row theirs in a column of people, or in one that refers to records."""
        return self._people if is_person else self._records.get(refers_to[0]) if refers_to else None


def latest(erased: Mapping[str, str]) -> str:
    """Return the time since which nothing may be kept of anybody who was erased; empty when nobody was."""
    return max(erased.values(), default="")
