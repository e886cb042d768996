"""
What a reader of published counts can work out from one another: the equations that hold between them.

None is typed in. Whatever holds at every point of the tables is taken for known, since the definitions are
public: two series are one, some add up to another, what is there changes by what comes and goes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

PRIME = (1 << 31) - 1  # a product of two residues fits into 64 bits
MOST_WEIGHT = 1 << 20  # times a count, times the points of a table: still a whole number in a double
SPARE_ROWS = 16
CHANGES = 6
"""So often must a series change, that one like it elsewhere is no chance: of small counts many are alike."""
SEED = 120


class Sum(NamedTuple):
    """Columns that together make another one, or what is known without it when `total` is None."""

    parts: tuple[int, ...]
    total: int | None


def is_whole(table: Floats) -> Bools:
    """Say of each row of a table whether it holds whole numbers, of which one at least is not 0."""
    filled = np.nan_to_num(table)
    return (filled == np.round(filled)).all(axis=1) & filled.any(axis=1)


def hashes(table: Floats) -> Ints:
    """Return a hash of each row of whole numbers, such that the hash of a sum is the sum of the hashes."""
    random = np.random.default_rng(SEED)
    weights = random.integers(-(1 << 62), 1 << 62, table.shape[1], dtype=np.int64)
    with np.errstate(over="ignore"):
        return (np.nan_to_num(table).astype(np.int64) * weights).sum(axis=1, dtype=np.int64)


def sums_of_two(table: Floats) -> list[Sum]:
    """Find the rows that are the sum of two others at every point; `table` is rows x points."""
    rows = np.flatnonzero(is_whole(table))
    of_row = hashes(table[rows])
    _, first = np.unique(of_row, return_index=True)
    rows, of_row = rows[np.sort(first)], of_row[np.sort(first)]
    place = {int(value): int(row) for row, value in zip(rows, of_row, strict=True)}
    one, other = np.triu_indices(len(rows), k=1)
    with np.errstate(over="ignore"):
        added = of_row[one] + of_row[other]
    found = np.flatnonzero(np.isin(added, of_row))
    return [Sum((int(rows[one[i]]), int(rows[other[i]])), place[int(added[i])]) for i in found]


def flows_of_stocks(flows: Floats, stocks: Floats) -> list[Sum]:
    """
    Find pairs of flows whose difference is the change of a stock, in every month but the first.

    Both are rows x months; rows of the result are those of `flows`.
    """
    later = flows[:, 1:]
    changes = np.diff(stocks, axis=1)
    rows, of_stock = np.flatnonzero(is_whole(later)), np.flatnonzero(is_whole(changes))
    of_row, of_change = hashes(later[rows]), hashes(changes[of_stock])
    with np.errstate(over="ignore"):
        gone = of_row[:, None] + of_change[None, :]
    found: dict[Sum, bool] = {}
    for i, j in np.argwhere(np.isin(gone, of_row)):
        come = np.flatnonzero(of_row == gone[i, j])
        found |= {Sum((int(rows[k]), int(rows[i])), None): True for k in come if k != i}
    return [*found]


def sums_of_many(table: Floats) -> list[Sum]:
    """
    Find what adds up to what among the rows of a table (rows x points), however many they are.

    The rank is exact: the table is multiplied by a random one, which keeps its rank, and reduced modulo a
    prime. Rows come in order of their totals, so that the sum is told of the larger by the smaller.
    """
    rows = np.flatnonzero(is_whole(table))
    of_row = hashes(table[rows])
    _, first = np.unique(of_row, return_index=True)
    rows = rows[np.sort(first)]
    rows = rows[np.argsort(np.nan_to_num(table[rows]).sum(axis=1), kind="stable")]
    if not len(rows):
        return []
    random = np.random.default_rng(SEED)
    weights = random.integers(0, MOST_WEIGHT, (table.shape[1], len(rows) + SPARE_ROWS)).astype(float)
    equations = np.mod(np.nan_to_num(table[rows]) @ weights, PRIME).astype(np.int64).T
    pivots = reduce(equations)
    found = []
    for column in sorted(set(range(len(rows))) - set(pivots)):
        factors = {pivots[i]: int(equations[i, column]) for i in range(len(pivots))}
        factors = {pivot: factor for pivot, factor in factors.items() if factor}
        parts = tuple(int(rows[pivot]) for pivot in factors)
        if set(factors.values()) == {1}:
            found.append(Sum(parts, int(rows[column])))
        elif factors:
            found.append(Sum((*parts, int(rows[column])), None))
    return found


def reduce(equations: Ints) -> list[int]:
    """Bring equations (rows) to reduced echelon form modulo the prime, in place; return the pivot columns."""
    pivots: list[int] = []
    for column in range(equations.shape[1]):
        top = len(pivots)
        candidates = np.flatnonzero(equations[top:, column])
        if not len(candidates):
            continue
        row = top + int(candidates[0])
        equations[[top, row]] = equations[[row, top]]
        equations[top] = equations[top] * pow(int(equations[top, column]), -1, PRIME) % PRIME
        others = np.flatnonzero(equations[:, column])
        others = others[others != top]
        equations[others] = (equations[others] - equations[others, column][:, None] * equations[top]) % PRIME
        pivots.append(column)
    return pivots


class Same(NamedTuple):
    """Places (columns and parts) whose series are one and the same, those of one series beside each other."""

    columns: Ints
    parts: Ints
    starts: Ints

    def any_of_each(self, state: Bools) -> Bools:
        """Say of each place (rows of `state`) whether any of its series is marked."""
        if not len(self.starts):
            return state
        sizes = np.diff([*self.starts, len(self.columns)])
        return np.repeat(np.logical_or.reduceat(state, self.starts, axis=0), sizes, axis=0)

    def where(self, chosen: Bools) -> Same:
        """Return the chosen places alone, without series of which fewer than two are left."""
        series = np.repeat(np.arange(len(self.starts)), np.diff([*self.starts, len(self.columns)]))[chosen]
        columns, parts = self.columns[chosen], self.parts[chosen]
        _, which, sizes = np.unique(series, return_inverse=True, return_counts=True)
        several = sizes[which] > 1
        starts = np.flatnonzero(np.diff(which[several], prepend=-1))
        return Same(columns[several], parts[several], starts)


NOTHING_SAME = Same(*(np.zeros(0, np.int64),) * 3)


def same_series(series: Floats, columns: Ints, parts: Ints) -> Same:
    """
    Find which series (rows x periods, of these columns and parts) are one and the same, and not all 0.

    One that changes seldom is compared with those of its own part alone.
    """
    filled = np.nan_to_num(series)
    told = np.flatnonzero(filled.any(axis=1))
    if not len(told):
        return NOTHING_SAME
    seldom = (np.diff(filled[told], axis=1, prepend=0) != 0).sum(axis=1) < CHANGES
    of_part = np.where(seldom, parts[told] + 1, 0)
    weights = np.random.default_rng(SEED).integers(1, MOST_WEIGHT, series.shape[1] + 1).astype(float)
    _, which, sizes = np.unique(
        np.column_stack([np.nan_to_num(series[told], nan=-1.0), of_part]) @ weights,
        return_inverse=True,
        return_counts=True,
    )
    told, which = told[sizes[which] > 1], which[sizes[which] > 1]
    order = np.argsort(which, kind="stable")
    starts = np.flatnonzero(np.diff(which[order], prepend=-1))
    return Same(columns[told[order]], parts[told[order]], starts)
