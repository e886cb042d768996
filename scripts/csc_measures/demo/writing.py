"""From numbers to the texts of the extracts, as they stand on the as-at date: the future is not written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from csc_measures.demo.calendar import NEVER

MARK = "ZQX"
NO_DATE = "1900-01-01"
NO_TEXT = "SSD_PH"


def ids(prefix: str, numbers: np.ndarray) -> pa.Array:
    """Write ids as prefix and number; below zero is none."""
    numbers = np.asarray(numbers, dtype=np.int64)
    texts = pa.array(numbers + 100_001, mask=numbers < 0).cast(pa.string())
    return pc.binary_join_element_wise(prefix, texts, "")


def marked(prefix: str, numbers: np.ndarray) -> pa.Array:
    """Write identifying numbers that bear the marker."""
    return ids(f"{MARK}{prefix}", numbers)


def codes(positions: np.ndarray, names: Sequence[str | None]) -> pa.Array:
    """Write the name at each position; below zero is none."""
    positions = np.asarray(positions, dtype=np.int64)
    return pa.array(list(names), pa.string()).take(pa.array(positions, mask=positions < 0))


def constant(n: int, text: str | None) -> pa.Array:
    """Write the same text n times."""
    return pa.array([text], pa.string()).take(pa.array(np.zeros(n, dtype=np.int64)))


def yes_no(answers: np.ndarray) -> pa.Array:
    """Write Y for 1 or true, N for 0 or false, nothing below zero."""
    return codes(np.where(np.asarray(answers).astype(np.int64) < 0, -1, np.asarray(answers) > 0), ["N", "Y"])


def whole(numbers: np.ndarray) -> pa.Array:
    """Write whole numbers; below zero is none."""
    numbers = np.asarray(numbers, dtype=np.int64)
    return pa.array(numbers, mask=numbers < 0).cast(pa.string())


def tenths(numbers: np.ndarray, places: int = 1) -> pa.Array:
    """Write tenths (or hundredths) as decimals: 25 is 2.5; below zero is none."""
    numbers = np.asarray(numbers, dtype=np.int64)
    unit = 10**places
    left = whole(np.where(numbers < 0, -1, numbers // unit))
    right = pc.utf8_lpad((pa.array(numbers % unit)).cast(pa.string()), places, "0")
    return pc.binary_join_element_wise(left, right, ".")


def flags(names: Sequence[str], raised: Sequence[np.ndarray], *, comments: bool = False) -> pa.Array:
    """Write JSON objects of flags: one array of yes and no for each name."""
    packed = np.zeros(len(raised[0]), dtype=np.int64)
    for place, values in enumerate(raised):
        packed |= np.asarray(values).astype(np.int64) << place
    kinds, positions = np.unique(packed, return_inverse=True)
    texts = []
    for kind in kinds:
        flag = {name: "Y" if kind >> place & 1 else "N" for place, name in enumerate(names)}
        if comments:
            flag |= {"TOTAL_NO_OF_OUTCOMES": str(int(kind).bit_count()), "COMMENTS": NO_TEXT}
        texts.append(json.dumps(flag))
    return codes(positions, texts)


def swap(texts: pa.Array, where: np.ndarray, text: str | None) -> pa.Array:
    """Write another text (or none) where the condition holds."""
    return pc.if_else(pa.array(np.asarray(where, dtype=bool)), pa.scalar(text, pa.string()), texts)


def either(where: np.ndarray, texts: pa.Array, others: pa.Array) -> pa.Array:
    """Write one text where the condition holds, the other where it does not."""
    return pc.if_else(pa.array(np.asarray(where, dtype=bool)), texts, others)


def filled(texts: pa.Array, sentinel: str) -> pa.Array:
    """Write the Standard Safeguarding Dataset's sentinel in place of nothing."""
    return pc.fill_null(texts, sentinel)


@dataclass
class Scribe:
    """Writes extracts into a folder as they stand on the as-at date, and counts their rows."""

    folder: Path
    as_at: int
    form: str
    columns: dict[str, list[str]]
    rows: dict[str, int] = field(default_factory=dict)

    def seen(self, days: np.ndarray) -> np.ndarray:
        """Say which days are known on the as-at date."""
        return np.asarray(days) <= self.as_at

    def ahead(self, days: np.ndarray) -> pa.Array:
        """Write due, target and expected dates, which may lie ahead."""
        days = np.asarray(days, dtype=np.int64)
        return (
            pa.array(np.where(days >= NEVER, 0, days).astype(np.int32), pa.int32(), mask=days >= NEVER)
            .cast(pa.date32())
            .cast(pa.string())
        )

    def dates(self, days: np.ndarray) -> pa.Array:
        """Write dates of events; those after the as-at date are not known yet."""
        days = np.asarray(days, dtype=np.int64)
        return self.ahead(np.where(self.seen(days), days, NEVER))

    def moments(self, days: np.ndarray, minutes: np.ndarray) -> pa.Array:
        """Write dates with a time, to the minute; a minute below zero is a time that is not known."""
        days, minutes = np.asarray(days, dtype=np.int64), np.asarray(minutes, dtype=np.int64)
        seconds = (np.where(self.seen(days), days, 0) * 1440 + np.maximum(minutes, 0)) * 60
        stamps = pa.array(seconds, mask=~self.seen(days)).cast(pa.timestamp("s")).cast(pa.string())
        return pc.if_else(pa.array(minutes >= 0), stamps, self.dates(days))

    def write(self, extract: str, columns: dict[str, pa.Array | None]) -> None:
        """
        Write one extract: every column of the contract, in its order; None is a column without a value.

        Raises
        ------
        ValueError
            The columns are not the contract's.
        """
        expected = self.columns[extract]
        if set(columns) != set(expected):
            wrong = sorted(set(columns) ^ set(expected))
            raise ValueError(f"{extract}: these columns are missing or too many: {', '.join(wrong)}")
        n = next(len(column) for column in columns.values() if column is not None)
        table = pa.table(
            {name: constant(n, None) if columns[name] is None else columns[name] for name in expected}
        )
        self.save(extract, table)
        self.rows[extract] = table.num_rows

    def save(self, extract: str, table: pa.Table) -> None:
        """Save a table of texts as the extract's file, readable by the owner alone."""
        path = self.folder / f"{extract}.{self.form}"
        path.touch(mode=0o600)
        if self.form == "parquet":
            pyarrow.parquet.write_table(table, path, compression="zstd")
        else:
            pyarrow.csv.write_csv(table, path, pyarrow.csv.WriteOptions(quoting_style="needed"))
