"""
Hold a delivery against the last published run, and against the date that it is said to describe.

A count of rows far from the last one, a column that has lost its values, a file delivered again, and events
that end long before the as-at date: each is a sign that the delivery is not what the night takes it for.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from csc_measures.contract.extracts import Extract
from csc_measures.contract.rules import Measured
from csc_measures.landing.losses import Kept

FILLED = "filled.parquet"
FEW = 20
"""Rows or values of which a share is taken when there were fewer: small extracts change by chance."""
FEW_EVENTS = 200
"""Events of all extracts of which no lag is told when there are fewer: months may pass without a new one."""
SLIPS_IN = 1000
"""One event in so many may be dated too late by a slip; the latest event is asked of the others."""

RHYTHM = 3 * 366
"""Days before its latest event that tell how often an extract has one."""


@dataclass(frozen=True)
class Before:
    """
    What the last published run had landed; nothing of it where there was none.

    The date that it described, rows by extract, SHA-256 by file, and what was kept of each extract; the
    folder in which it landed them, where that is still there, and the SHA-256 of what it wrote there by name.
    """

    as_at: date | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict)
    landed: Path | None = None
    digests: Mapping[str, str] = field(default_factory=dict)


def as_table(kept: Mapping[str, Kept]) -> pa.Table:
    """Write down what was kept: rows of each extract, and how many of them have a value in each column."""
    rows = [
        {"extract": extract, "column_name": column, "n_rows": each.n_rows, "n_filled": n}
        for extract, each in sorted(kept.items())
        for column, n in each.n_filled.items()
    ]
    schema = {
        "extract": pa.string(),
        "column_name": pa.string(),
        "n_rows": pa.int64(),
        "n_filled": pa.int64(),
    }
    return pa.Table.from_pylist(rows, schema=pa.schema(schema))


def read_kept(path: Path) -> dict[str, Kept]:
    """Read what `as_table` wrote down; nothing where no such file is."""
    rows = pq.ParquetFile(path).read().to_pylist() if path.is_file() else []
    filled: dict[str, dict[str, int]] = {}
    for row in rows:
        filled.setdefault(row["extract"], {})[row["column_name"]] = row["n_filled"]
    return {row["extract"]: Kept(row["n_rows"], filled[row["extract"]]) for row in rows}


def changes_of(kept: Mapping[str, Kept], before: Before) -> Iterator[Measured]:
    """Measure how far each extract is from the last published run: its rows, and its filled values."""
    for extract, now in kept.items():
        then = before.rows.get(extract)
        if then is not None:
            share = abs(now.n_rows - then) / max(then, FEW)
            yield Measured(extract, "row_count_changed", share, f"{now.n_rows:,}, last {then:,}")
        earlier = before.kept.get(extract)
        if not earlier or not earlier.n_rows:
            continue
        for column, n_filled in now.n_filled.items():
            expected = earlier.n_filled.get(column, 0) * now.n_rows / earlier.n_rows
            share = max(0.0, expected - n_filled) / max(expected, FEW)
            hint = f"{n_filled:,} filled, {expected:,.0f} expected from the last"
            yield Measured(f"{extract}.{column}", "values_vanished", share, hint)


def same_again(fingerprints: Mapping[str, str], before: Before, as_at: date) -> list[str]:
    """Name the files that are the same, byte for byte, as in a last run that described an earlier date."""
    if before.as_at is None or as_at <= before.as_at:
        return []
    earlier = set(before.fingerprints.values())
    return [name for name, digest in fingerprints.items() if digest in earlier]


def lags(table: pa.Table, extract: Extract, last_day: date) -> Counter[int]:
    """Count the events of a landed extract by the days from each to the last day that it describes."""
    counted: Counter[int] = Counter()
    for column in extract.columns:
        if column.places_row:
            moments = table[column.name].drop_null().cast(pa.timestamp("us")).to_numpy()
            days = (np.datetime64(last_day) - moments.astype("datetime64[D]")).astype(int).clip(0)
            each, n = np.unique(days, return_counts=True)
            counted.update(dict(zip(each.tolist(), n.tolist(), strict=True)))
    return counted


def lag_of(counted: Iterable[Counter[int]], as_at: date) -> Iterator[Measured]:
    """Measure how many days before the date that is described the latest of many events lie."""
    days = together(counted)
    if days.total() >= FEW_EVENTS:
        lag = latest(days)
        yield Measured("all extracts", "events_lag", lag, f"{lag:,} days before {as_at}")


def behind(counted: Mapping[str, Counter[int]], max_lag: int) -> dict[str, int]:
    """
    Give the extracts whose events end long before those of all extracts, and how many days before.

    That is by more than `max_lag` days, and after a time in which events were due: three times its longest
    without one in the last years, since some extracts are of yearly or rare events, and once more for each of
    its latest that is passed over as a slip.
    """
    days = together(counted.values())
    if days.total() < FEW_EVENTS:
        return {}
    lag_of_all = latest(days)
    late = {}
    for extract, each in counted.items():
        if each.total() < FEW:
            continue
        lag = latest(each)
        due = (3 + slips_in(each)) * longest_gap(each, lag)
        if lag - lag_of_all > max_lag and 0 < due < lag:
            late[extract] = lag - lag_of_all
    return late


def together(counted: Iterable[Counter[int]]) -> Counter[int]:
    """Count the events of several extracts together."""
    days: Counter[int] = Counter()
    for each in counted:
        days.update(each)
    return days


def slips_in(days: Counter[int]) -> int:
    """Return how many of some events may be dated too late by a slip."""
    return days.total() // SLIPS_IN


def latest(days: Counter[int]) -> int:
    """Return the days from the latest of some events, slips apart, to the date that is described."""
    passed = np.cumsum([days[lag] for lag in sorted(days)])
    return sorted(days)[int(np.searchsorted(passed, slips_in(days), side="right"))]


def longest_gap(days: Counter[int], lag: int) -> int:
    """Return the most days without an event, within years before the latest; 0 where all are of a day."""
    recent = sorted(day for day in days if lag <= day <= lag + RHYTHM)
    return max((later - earlier for earlier, later in pairwise(recent)), default=0)
